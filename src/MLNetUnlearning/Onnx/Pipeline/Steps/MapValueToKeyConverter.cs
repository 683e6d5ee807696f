using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Probing;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>MapValueToKey: LabelEncoder with the vocabulary; other values become 0, the missing key. Keys and Booleans, which are few, go through a table.</summary>
internal sealed class MapValueToKeyConverter : IStepConverter
{
    public string Step => typeof(ValueToKeyMappingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        var shape = context.Made.OnlySourceShape;
        return context.Column(shape.IsKey || shape.Item == typeof(bool) ? AppendTable(context, shape) : ItemTypes.Visit(shape.Item, new Encoder(context)));
    }

    private static string AppendTable(StepContext context, ColumnShape shape)
    {
        ulong last = shape.IsKey ? shape.KeyCount : 1;
        long[] keys = KeysOf(context.Made, last);
        string index = context.OnlySource().Value;
        return context.Node(
            "Gather",
            "key",
            [context.Constant<long>("keys", keys, keys.Length), shape.IsKey ? index : context.Cast(index, TensorProto.Types.DataType.Int64)],
            OnnxAttribute.Int("axis", 0));
    }

    private static long[] KeysOf(MadeColumn made, ulong last)
    {
        var values = Enumerable.Range(0, checked((int)last + 1)).Select(i => (ulong)i);
        return [.. KeyProbe.Run<uint>(made, values).Select(key => (long)key)];
    }

    private sealed class Encoder(StepContext context) : ItemTypes.IVisitor<string>
    {
        string ItemTypes.IVisitor<string>.Visit<T>()
        {
            T[] values = Vocabulary.Read<T>(context.Made);
            string source = context.OnlySource().Value;
            return values switch
            {
                ReadOnlyMemory<char>[] texts => Append(source, OnnxAttribute.Strings("keys_strings", texts.Select(text => text.ToString())), texts.Length),
                float[] numbers => Append(source, OnnxAttribute.Floats("keys_floats", numbers), numbers.Length),
                double[] numbers => AppendComparison(source, numbers),
                _ => Append(context.Cast(source, TensorProto.Types.DataType.Int64), OnnxAttribute.Ints("keys_int64s", [.. values.Select(ToInt64)]), values.Length),
            };
        }

        private string Append(string source, AttributeProto keys, int count) => context.Builder.AddMlNode(
            "LabelEncoder",
            $"{context.Name}.key",
            [source],
            keys,
            OnnxAttribute.Ints("values_int64s", [.. Enumerable.Range(1, count).Select(i => (long)i)]),
            OnnxAttribute.Int("default_int64", 0));

        // LabelEncoder does not take doubles in the operator sets written here.
        private string AppendComparison(string source, double[] values)
        {
            string slots = context.Reshape(source, 0, context.Made.Shape.Width, 1);
            string equal = context.Cast(context.Node("Equal", "equal", [slots, context.Constant<double>("vocabulary", values, values.Length)]), TensorProto.Types.DataType.Int64);
            long[] keys = [.. Enumerable.Range(1, values.Length).Select(i => (long)i)];
            return context.Builder.AddReduceSum($"{context.Name}.key", context.Node("Mul", "keys", [equal, context.Constant<long>("keys", keys, keys.Length)]), axis: 2);
        }

        // As the cast within the graph does it: unsigned numbers beyond the signed ones become negative.
        private static long ToInt64<T>(T value) => value switch
        {
            sbyte v => v,
            byte v => v,
            short v => v,
            ushort v => v,
            int v => v,
            uint v => v,
            long v => v,
            ulong v => unchecked((long)v),
            _ => throw new InvalidOperationException($"{typeof(T)} is not an integer."),
        };
    }
}
