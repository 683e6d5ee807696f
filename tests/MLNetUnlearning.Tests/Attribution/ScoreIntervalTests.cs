using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Attribution;

/// <summary>Against simulation: errors of outputs drawn, their mean taken out as attribution does, and scores made of them.</summary>
[TestClass]
public sealed class ScoreIntervalTests
{
    private const int Draws = 200_000;

    /// <summary>Small errors, for which the gradient says all. Tolerance 2 %: the simulation's own noise is about 0.5 %.</summary>
    [TestMethod]
    [DataRow(PredictionTask.MulticlassClassification, 5)]
    [DataRow(PredictionTask.MulticlassClassification, 2)]
    [DataRow(PredictionTask.BinaryClassification, 2)]
    public void Ninety_DrawnErrors_HoldsNineOfTen(PredictionTask task, int outputs)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var logits = randn([1, outputs], ScalarType.Float64, generator: generator);
        var errors = randn([Draws, outputs], ScalarType.Float64, generator: generator).mul(Held(0.05));
        errors = errors.sub(errors.mean([1], keepdim: true));
        var variance = errors.var(0, unbiased: true).unsqueeze(0);

        var (lower, upper) = ScoreInterval.Ninety(Head(task, outputs), logits, variance);

        var truth = logits.add(errors, Held(1));
        var scores = task == PredictionTask.BinaryClassification ? truth.slice(1, 1, 2, 1).sub(truth.slice(1, 0, 1, 1)) : truth.softmax(1);
        double[] shares = [.. scores.ge(lower).logical_and(scores.le(upper)).to_type(ScalarType.Float64).mean([0]).data<double>()];
        foreach (double share in shares)
        {
            Assert.AreEqual(0.9, share, 0.02);
        }
    }

    /// <summary>Values come in the unit of the labels: 1.645 deviations, times what labels were divided by.</summary>
    [TestMethod]
    public void Ninety_Values_AreInTheUnitOfTheLabels()
    {
        using var scope = NewDisposeScope();
        var head = new RegressionHead("Score", new LabelScaling([100, -5], [10, 0.5f]), isVector: true);

        var (lower, upper) = ScoreInterval.Ninety(head, tensor(new float[] { 1, 2 }, [1, 2]), tensor(new float[] { 4, 0.25f }, [1, 2]));

        float[] expected = [110 - 32.897f, -4 - 0.41121f, 110 + 32.897f, -4 + 0.41121f];
        float[] actual = [.. cat([lower, upper]).flatten().data<float>()];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-3f);
        }
    }

    private static PredictionHead Head(PredictionTask task, int outputs) => task == PredictionTask.BinaryClassification
        ? new BinaryHead("Score", "Probability", "PredictedLabel")
        : new MulticlassHead("Score", "PredictedLabel", outputs, null);
}
