using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Verification;

[TestClass]
public sealed class OutputGapsTests
{
    [TestMethod]
    public void KolmogorovSmirnov_AnySamples_EqualsTheSupremumOverAllValues()
    {
        for (ulong seed = 1; seed < 20; seed++)
        {
            float[] u = [.. Normal.Sample(30, seed % 3, seed).Select(value => MathF.Round(value, 1))], o = [.. Normal.Sample(20, 0, seed + 50).Select(value => MathF.Round(value, 1))];
            double expected = u.Concat(o).Max(at => Math.Abs(u.Count(value => value <= at) / 30.0 - o.Count(value => value <= at) / 20.0));

            Assert.AreEqual(expected, KolmogorovSmirnov.Distance(u, o), 1e-12);
        }
    }

    [TestMethod]
    public void KolmogorovSmirnov_BrokenModels_AreFarFromAnything()
    {
        Assert.AreEqual(1, KolmogorovSmirnov.Distance([float.NaN, float.NaN], [float.NaN, 1]));
        Assert.AreEqual(0.5, KolmogorovSmirnov.Distance([float.PositiveInfinity, 1], [1, 1]));
    }

    /// <summary>Half of KL(p‖m) + KL(q‖m), worked by hand for (1/2, 1/2) and (1, 0): m = (3/4, 1/4).</summary>
    [TestMethod]
    public void JensenShannon_WorkedByHand()
    {
        double expected = 0.5 * (0.5 * Math.Log(0.5 / 0.75) + 0.5 * Math.Log(0.5 / 0.25) + Math.Log(1 / 0.75));

        double[] rows = JensenShannon.PerRow(new double[,] { { 0.5, 0.5 }, { 1, 0 }, { 0.2, 0.8 }, { double.NaN, 0.5 } }, new double[,] { { 1, 0 }, { 0, 1 }, { 0.2, 0.8 }, { 0.5, 0.5 } });

        Assert.AreEqual(expected, rows[0], 1e-12);
        Assert.AreEqual(Math.Log(2), rows[1], 1e-12);
        Assert.AreEqual(0, rows[2], 1e-12);
        Assert.AreEqual(Math.Log(2), rows[3], 1e-12, "Not a number is as far as can be.");
    }

    /// <summary>Against loops in float64. Tolerance 1e-5: float32 logits.</summary>
    [TestMethod]
    public void Sample_SmallNetworks_HasTheMeansOfALoop()
    {
        using var rows = Digits.Train(30);
        using var models = ModelStack.Initialize(NetworkSpec.Mlp(8).CreateGraph(Digits.Pixels, Digits.Classes), [1, 2, 3]);
        using var logits = models.Logits(rows.Features);
        long[] labels = [.. rows.Labels.data<long>()];
        double right = 0, loss = 0, confidence = 0, first = 0;
        for (int model = 0; model < 3; model++)
        {
            for (int row = 0; row < 30; row++)
            {
                double[] e = [.. logits[model, row].data<float>().Select(value => Math.Exp(value))];
                double[] p = [.. e.Select(value => value / e.Sum())];
                right += Array.IndexOf(p, p.Max()) == labels[row] ? 1 / 90.0 : 0;
                loss -= Math.Log(p[labels[row]]) / 90;
                confidence += p.Max() / 90;
                first += row == 0 ? p[0] / 3 : 0;
            }
        }

        var sample = OutputSample.Of(models, rows, default);

        Assert.AreEqual(right, sample.Accuracy, 1e-12);
        Assert.AreEqual(loss, sample.Loss, 1e-5);
        Assert.AreEqual(confidence, sample.Confidence, 1e-5);
        Assert.AreEqual(first, sample.MeanProbabilities[0, 0], 1e-5);
        using var direct = models.Logits(rows.Features);
        Assert.AreEqual(Margins.Of(direct, rows.Labels)[2, 29], sample.Margins[2, 29], 1e-6f);
    }

    /// <summary>Two linear models, unlearned ones a known step from the oracles' mean; a shift common to all classes does not count.</summary>
    [TestMethod]
    public void ParameterDistance_LinearModels_IsTheDistanceUpToAShift()
    {
        var graph = NetworkSpec.Linear().CreateGraph(3, 2);
        ModelStack Stack(double first, double shift) => new(graph, [tensor(new[] { (float)(first + shift), 0, 0, (float)shift, 0, 0 }, [1, 2, 3]).clone(), zeros(1, 2)]);
        using ModelStack unlearned = Stack(4, 7), students = Stack(1, 0), heldOut = Stack(0, 5), oracles = Stack(0, 0);

        var distance = ParameterDistance.Of(unlearned, students, heldOut, oracles, classes: true);

        // A step of 4 in one class is +2 and -2 once centred: 2√2.
        Assert.AreEqual(2 * Math.Sqrt(2), distance.Unlearned, 1e-9);
        Assert.AreEqual(Math.Sqrt(0.5), distance.DoNothing, 1e-9);
        Assert.AreEqual(0, distance.Floor, 1e-9);
        using var deep = ModelStack.Initialize(NetworkSpec.Mlp(4).CreateGraph(3, 2), [1]);
        Assert.ThrowsExactly<ArgumentException>(() => ParameterDistance.Of(deep, deep, deep, deep, classes: true));
    }
}
