using MLNetUnlearning.Native;
using MLNetUnlearning.Unlearning;
using TorchSharp;

namespace MLNetUnlearning.Tests.Native;

/// <summary>
/// The garbage collector may free a Scalar that TorchSharp makes of a number while libtorch reads it, so the library makes its own and keeps them (<see cref="HeldScalars"/>). eng/BannedSymbols.txt refuses the calls known today;
/// this reads the code of TorchSharp as it is referenced, so that a new version with other such calls is noticed.
/// </summary>
[TestClass]
public sealed class ScalarLifetimeTests
{
    [TestMethod]
    public void Library_AnyMethod_CallsNothingThatMakesAScalar()
    {
        var makers = Makers();

        Assert.Contains("TorchSharp.torch.Tensor.add(TorchSharp.torch.Tensor)", makers);
        Assert.Contains("TorchSharp.torch.Tensor.square()", makers);
        foreach (string file in new[] { typeof(HeldScalars).Assembly.Location, typeof(UnlearningCatalog).Assembly.Location })
        {
            string[] found = [.. CallScan.Of(file).Where(method => !method.Key.StartsWith("MLNetUnlearning.Native.HeldScalars.Make(", StringComparison.Ordinal) && method.Value.Overlaps(makers)).Select(method => method.Key)];

            Assert.IsEmpty(found, $"{Path.GetFileName(file)}: {string.Join(", ", found)}");
        }
    }

    /// <summary>The reading finds such calls where they are: in the one place that is allowed to make them, and in a method of this test.</summary>
    [TestMethod]
    public void Scan_MethodsThatMakeScalars_AreFound()
    {
        var makers = Makers();
        int Found(string file, string method) => CallScan.Of(file).Count(found => found.Key.StartsWith(method, StringComparison.Ordinal) && found.Value.Overlaps(makers));

        Assert.AreEqual(3, Found(typeof(HeldScalars).Assembly.Location, "MLNetUnlearning.Native.HeldScalars.Make("));
        Assert.AreEqual(1, Found(typeof(ScalarLifetimeTests).Assembly.Location, "MLNetUnlearning.Tests.Native.ScalarLifetimeTests.Twice("));
    }

    /// <summary>All methods of TorchSharp that make a Scalar of a number, themselves or by what they call.</summary>
    private static HashSet<string> Makers()
    {
        var calls = CallScan.Of(typeof(torch).Assembly.Location);
        HashSet<string> makers = [.. calls.Keys.Where(name => name.StartsWith("TorchSharp.Scalar.op_Implicit(", StringComparison.Ordinal) || name.StartsWith("TorchSharp.ScalarExtensionMethods.", StringComparison.Ordinal))];
        int before;
        do
        {
            before = makers.Count;
            makers.UnionWith(calls.Where(method => method.Value.Overlaps(makers)).Select(method => method.Key));
        }
        while (makers.Count > before);
        return makers;
    }

#pragma warning disable RS0030 // what the scan must find
    private static torch.Tensor Twice(torch.Tensor values) => values.add(values);
#pragma warning restore RS0030
}
