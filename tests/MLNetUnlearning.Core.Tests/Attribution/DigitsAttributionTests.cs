using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>
/// A real, small network: does the predicted change resemble the one that retraining brings about? The forget rows are similar to each other: the truth, a
/// difference of two means over 15 models, is then far above its noise. For 100 random rows it would take hundreds of models to say as much.
/// </summary>
[TestClass]
public sealed class DigitsAttributionTests
{
    private const int Epochs = 15, Truths = 15;

    [TestMethod]
    public void Predict_SimilarForgetRows_CorrelatesWithRetraining()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train();
        using var bank = Banks.Trained(rows, fullMembers: 6, Epochs, 64, 64);
        using var fitted = new GaussNewtonInfluence(new()).Fit(bank, rows);
        var forget = ForgetSets.Clustered(rows, label: 8, 50);
        var targets = rows.Features.index_select(0, tensor(rows.IndexesOf(forget).Select(row => (long)row).ToArray()));
        var truth = MeanLogits(rows, forget, targets, firstSeed: 1000).sub(MeanLogits(rows, [], targets, firstSeed: 2000));
        Tensor Predict(IReadOnlyList<long> ids) => fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = ids, Targets = targets }).Values;

        double correlation = Correlation(truth, Predict(forget)), control = Correlation(truth, Predict(ForgetSets.Clustered(rows, label: 4, 50)));

        Assert.IsGreaterThan(0.8, correlation);
        Assert.IsLessThan(0.3, control, "predicted for other rows than those left out");
    }

    private static Tensor MeanLogits(LabeledRows rows, IReadOnlyList<long> without, Tensor targets, ulong firstSeed)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(64, 64).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = Epochs });
        using var models = trainer.Train(rows, [.. Enumerable.Range(0, Truths).Select(i => new MemberPlan(firstSeed + (ulong)i, without))]);
        return models.Final.Logits(targets).mean([0]);
    }

    /// <summary>Over rows and classes; what is common to all classes of a row changes no probability and is taken out.</summary>
    private static double Correlation(Tensor a, Tensor b)
    {
        Tensor x = a.sub(a.mean([1], keepdim: true)).flatten(), y = b.sub(b.mean([1], keepdim: true)).flatten();
        return x.dot(y).div(x.norm().mul(y.norm())).item<float>();
    }
}
