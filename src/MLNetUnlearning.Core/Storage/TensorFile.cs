using System.Buffers.Binary;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Storage;

/// <summary>
/// Tensors as bytes: magic, version, count; then per tensor its rank, its sizes and its values, little-endian. The upper half of the rank says what the values are: 0 float32, 1 float64.
/// The reader knows types and shapes beforehand and allocates nothing that a file merely claims.
/// </summary>
internal static class TensorFile
{
    private const int Version = 1;
    private const int HeaderSize = 16;

    private static ReadOnlySpan<byte> Magic => "MLUTENSR"u8;

    /// <summary>Bytes that tensors of these shapes take.</summary>
    public static long SizeOf(IEnumerable<TensorShape> shapes) =>
        shapes.Aggregate((long)HeaderSize, (sum, shape) => checked(sum + 4 + 8 * shape.Sizes.Count + shape.Bytes));

    /// <summary>Writes tensors of float32 or float64.</summary>
    public static void Write(Stream stream, IReadOnlyList<Tensor> tensors)
    {
        Span<byte> number = stackalloc byte[8];
        stream.Write(Magic);
        WriteInt32(stream, Version, number);
        WriteInt32(stream, tensors.Count, number);
        foreach (var tensor in tensors)
        {
            if (tensor.dtype is not (ScalarType.Float32 or ScalarType.Float64))
            {
                throw new ArgumentException($"Only float32 and float64 tensors can be stored, not {tensor.dtype}.", nameof(tensors));
            }

            WriteInt32(stream, RankAndType((int)tensor.dim(), tensor.dtype), number);
            foreach (long size in tensor.shape)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, size);
                stream.Write(number);
            }

            using var values = tensor.ToHostTensor();
            stream.Write(values.bytes);
        }
    }

    /// <summary>Reads tensors.</summary>
    /// <param name="stream">Positioned at the start; read to its end.</param>
    /// <param name="shapes">Types and shapes that the tensors must have.</param>
    /// <returns>The tensors; the caller owns them.</returns>
    /// <exception cref="InvalidDataException">The bytes are something else, cut short, too long, or from a newer version.</exception>
    public static Tensor[] Read(Stream stream, IReadOnlyList<TensorShape> shapes)
    {
        using var scope = NewDisposeScope();
        var tensors = new Tensor[shapes.Count];
        try
        {
            ReadHeader(stream, shapes.Count);
            for (int i = 0; i < tensors.Length; i++)
            {
                RequireShape(stream, shapes[i], i);
                tensors[i] = empty([.. shapes[i].Sizes], shapes[i].Type, CPU);
                stream.ReadExactly(tensors[i].bytes);
                tensors[i] = tensors[i].to(DeviceSpec.Current.ToTorch());
            }
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The tensors are cut short.", e);
        }

        if (stream.ReadByte() >= 0)
        {
            throw new InvalidDataException("There is more data than the tensors take.");
        }

        return [.. tensors.Select(tensor => tensor.DetachFromDisposeScope())];
    }

    private static void ReadHeader(Stream stream, int expected)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        stream.ReadExactly(header);
        if (!header[..8].SequenceEqual(Magic))
        {
            throw new InvalidDataException("These are not stored tensors.");
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"The tensors have format {version}; this version reads format {Version}.");
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        if (count != expected)
        {
            throw new InvalidDataException($"There are {count} tensors instead of {expected}.");
        }
    }

    private static void RequireShape(Stream stream, TensorShape shape, int index)
    {
        Span<byte> number = stackalloc byte[8];
        stream.ReadExactly(number[..4]);
        bool fits = BinaryPrimitives.ReadInt32LittleEndian(number) == RankAndType(shape.Sizes.Count, shape.Type);
        for (int axis = 0; axis < shape.Sizes.Count && fits; axis++)
        {
            stream.ReadExactly(number);
            fits = BinaryPrimitives.ReadInt64LittleEndian(number) == shape.Sizes[axis];
        }

        if (!fits)
        {
            throw new InvalidDataException($"Tensor {index} is not {shape}, as the model's settings want it.");
        }
    }

    private static int RankAndType(int rank, ScalarType type) => rank | (type == ScalarType.Float64 ? 1 << 16 : 0);

    private static void WriteInt32(Stream stream, int value, Span<byte> number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(number, value);
        stream.Write(number[..4]);
    }
}
