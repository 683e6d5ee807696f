using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Verification;

[TestClass]
public sealed class MarginsTests
{
    /// <summary>Against the formula in float64. Tolerance 1e-5: float32 logits of order 1.</summary>
    [TestMethod]
    public void Of_RandomLogits_IsTheLogOddsOfTheTrueClass()
    {
        using var scope = NewDisposeScope();
        var logits = randn([3, 4, 5], generator: new Generator(1));
        long[] labels = [0, 4, 2, 2];

        var margins = Margins.Of(logits, tensor(labels));

        for (int model = 0; model < 3; model++)
        {
            for (int row = 0; row < 4; row++)
            {
                double[] z = [.. logits[model, row].data<float>().Select(value => (double)value)];
                double others = Math.Log(z.Where((_, c) => c != labels[row]).Sum(Math.Exp));
                Assert.AreEqual(z[labels[row]] - others, margins[model, row], 1e-5, $"model {model}, row {row}");
            }
        }
    }

    [TestMethod]
    public void Of_ExtremeLogits_StaysFinite()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 1e4f, -1e4f, -1e4f, -1e4f, 1e4f, 0 }, [1, 2, 3]);

        var margins = Margins.Of(logits, tensor(new long[] { 0, 0 }));

        Assert.AreEqual(2e4f - MathF.Log(2), margins[0, 0], 1e-2f);
        Assert.AreEqual(-2e4f, margins[0, 1], 1e-2f);
    }

    [TestMethod]
    public void Of_LogitNotANumber_IsNotANumber()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 1, float.NaN, 3 }, [1, 1, 3]);

        Assert.IsTrue(float.IsNaN(Margins.Of(logits, tensor(new long[] { 0 }))[0, 0]));
        Assert.IsTrue(float.IsNaN(Margins.Of(logits, tensor(new long[] { 1 }))[0, 0]));
    }
}
