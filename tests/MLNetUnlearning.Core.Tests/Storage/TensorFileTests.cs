using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Storage;

[TestClass]
public sealed class TensorFileTests
{
    private static readonly TensorShape[] Shapes = [TensorShape.Single(2, 3), TensorShape.Single(4), TensorShape.Single()];

    [TestMethod]
    public void Read_WrittenTensors_GivesSameBits()
    {
        using var scope = NewDisposeScope();
        Tensor[] tensors = [rand(3, 2).t(), tensor(new[] { float.NaN, float.NegativeInfinity, -0f, float.Epsilon }), tensor(1.5f)];
        byte[] bytes = Written(tensors);
        Assert.AreEqual(TensorFile.SizeOf(Shapes), bytes.Length);
        var read = TensorFile.Read(new MemoryStream(bytes), Shapes);
        for (int i = 0; i < read.Length; i++)
        {
            using var expected = tensors[i].contiguous();
            CollectionAssert.AreEqual(expected.bytes.ToArray(), read[i].bytes.ToArray());
            read[i].Dispose();
        }
    }

    [TestMethod]
    public void Read_DoublePrecision_GivesSameBitsAndKeepsTypesApart()
    {
        using var scope = NewDisposeScope();
        var exact = tensor(new[] { 1 / 3.0, double.NaN, -0.0 });
        byte[] bytes = Written([exact]);
        TensorShape[] shapes = [TensorShape.Double(3)];
        Assert.AreEqual(TensorFile.SizeOf(shapes), bytes.Length);
        CollectionAssert.AreEqual(exact.bytes.ToArray(), TensorFile.Read(new MemoryStream(bytes), shapes)[0].bytes.ToArray());
        Assert.ThrowsExactly<InvalidDataException>(() => TensorFile.Read(new MemoryStream(bytes), [TensorShape.Single(3)]));
    }

    [TestMethod]
    public void Read_EveryShorterLength_Throws()
    {
        byte[] bytes = Sample();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => TensorFile.Read(new MemoryStream(bytes[..length]), Shapes), $"length {length}");
        }
    }

    [TestMethod]
    [DataRow(0, "not stored tensors")]
    [DataRow(8, "format")]
    [DataRow(12, "instead of 3")]
    [DataRow(16, "Tensor 0 is not Float32 [2, 3]")]
    [DataRow(18, "Tensor 0 is not Float32 [2, 3]")]
    [DataRow(20, "Tensor 0 is not Float32 [2, 3]")]
    public void Read_ChangedHeader_SaysWhatIsWrong(int position, string message)
    {
        byte[] bytes = Sample();
        bytes[position] += 4;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => TensorFile.Read(new MemoryStream(bytes), Shapes)).Message, message);
    }

    [TestMethod]
    public void Read_MoreBytesThanTensors_Throws() =>
        Assert.ThrowsExactly<InvalidDataException>(() => TensorFile.Read(new MemoryStream([.. Sample(), 0]), Shapes));

    [TestMethod]
    public void Write_OtherElementType_Throws()
    {
        using var wrong = zeros(2, ScalarType.Int64);
        Assert.ThrowsExactly<ArgumentException>(() => TensorFile.Write(Stream.Null, [wrong]));
    }

    private static byte[] Sample()
    {
        using var scope = NewDisposeScope();
        return Written([zeros(2, 3), ones(4), tensor(1f)]);
    }

    private static byte[] Written(Tensor[] tensors)
    {
        using var stream = new MemoryStream();
        TensorFile.Write(stream, tensors);
        return stream.ToArray();
    }
}
