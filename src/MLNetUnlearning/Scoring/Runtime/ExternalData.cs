namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Looks through the bytes of an ONNX model for tensors that lie elsewhere; the weights are skipped, not copied.</summary>
internal static class ExternalData
{
    private const int External = 1, MaximumDepth = 64;

    private enum Message
    {
        None,
        Model,
        Graph,
        Function,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
    }

    /// <summary>Whether any tensor lies outside of the file.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model.</exception>
    public static bool IsUsed(ReadOnlySpan<byte> model) => Contains(model, Message.Model, 0);

    private static bool Contains(ReadOnlySpan<byte> rest, Message message, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw Invalid();
        }

        while (!rest.IsEmpty)
        {
            ulong tag = Number(ref rest);
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    // TensorProto.data_location
                    if (Number(ref rest) == External && message == Message.Tensor && field == 14)
                    {
                        return true;
                    }

                    break;
                case 1:
                    Take(ref rest, sizeof(long));
                    break;
                case 2:
                    var content = Take(ref rest, Number(ref rest));
                    var child = Child(message, field);
                    if (child != Message.None && Contains(content, child, depth + 1))
                    {
                        return true;
                    }

                    break;
                case 5:
                    Take(ref rest, sizeof(int));
                    break;
                default:
                    throw Invalid();
            }
        }

        return false;
    }

    // Field numbers of the ONNX specification.
    private static Message Child(Message message, int field) => (message, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 25) => Message.Function,
        (Message.Graph, 1) or (Message.Function, 7) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.SparseTensor,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.SparseTensor,
        (Message.SparseTensor, 1 or 2) => Message.Tensor,
        _ => Message.None,
    };

    private static ulong Number(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (int i = 0; i < 10 && i < rest.Length; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw Invalid();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong length)
    {
        if (length > (ulong)rest.Length)
        {
            throw Invalid();
        }

        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static InvalidDataException Invalid() => new("This is not an ONNX model, or it is damaged.");
}
