using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Native;

[TestClass]
public sealed class DeviceSpecTests
{
    [TestMethod]
    [DataRow("cpu", null)]
    [DataRow("cuda", 0)]
    [DataRow("cuda:3", 3)]
    public void Parse_Names_RoundTrip(string text, int? index)
    {
        var device = DeviceSpec.Parse(text);
        Assert.AreEqual(index, device.CudaIndex);
        Assert.AreEqual(device, DeviceSpec.Parse(device.ToString()));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("gpu")]
    [DataRow("cuda:")]
    [DataRow("cuda:-1")]
    [DataRow("cuda:1:2")]
    public void Parse_OtherText_Throws(string text) => Assert.ThrowsExactly<FormatException>(() => DeviceSpec.Parse(text));

    [TestMethod]
    public void Use_DeviceThatIsNotThere_IsOneClearErrorAndChangesNothing()
    {
        var before = DeviceSpec.Current;
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => DeviceSpec.Cuda(77).Use()).Message;
        StringAssert.Contains(message, "CUDA device 77");
        Assert.AreEqual(before, DeviceSpec.Current);
        before.Use();
        Assert.AreEqual(before, DeviceSpec.Current);
    }

    [TestMethod]
    public void Draws_OfASeed_AreTorchSharpsOwn()
    {
        using var scope = NewDisposeScope();
        var expected = rand([5, 3], device: CPU, generator: new Generator(7));
        CollectionAssert.AreEqual(expected.data<float>().ToArray(), Draws.Uniform([5, 3], new Generator(7)).ToHost<float>());
        var normal = randn([5, 3], device: CPU, generator: new Generator(7));
        CollectionAssert.AreEqual(normal.data<float>().ToArray(), Draws.Normal([5, 3], new Generator(7)).ToHost<float>());
    }

    [TestMethod]
    public void ToHost_Transposed_ReadsRowByRow()
    {
        using var scope = NewDisposeScope();
        CollectionAssert.AreEqual(new float[] { 0, 3, 1, 4, 2, 5 }, arange(Held(0), Held(6), Held(1), ScalarType.Float32).view(2, 3).t().ToHost<float>());
    }
}
