using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

[TestClass]
public sealed class FusionTests
{
    private const int Deletions = 9, Targets = 30, Classes = 4;

    /// <summary>The truth is a known mix, another one for targets that leave; the small ridge of the fit allows 2 %.</summary>
    [TestMethod]
    public void Weights_OfAMixture_AreFoundForLeavingAndStayingTargetsApart()
    {
        using var scope = NewDisposeScope();
        var (candidates, inside) = Problem();
        var truth = candidates[0].mul(inside.unsqueeze(2).mul(Held(2)).add(Held(1), Held(1))).add(candidates[1].mul(Held(-0.5)), Held(1));

        using var fusion = new Fusion(candidates, truth, inside, zeros(Targets));
        var even = full([Deletions], Held(1.0 / Deletions), ScalarType.Float64);
        double[] leaving = [.. fusion.Weights(0, even).data<double>()], staying = [.. fusion.Weights(1, even).data<double>()];

        Assert.AreEqual(3, leaving[0], 0.06);
        Assert.AreEqual(-0.5, leaving[1], 0.06);
        Assert.AreEqual(1, staying[0], 0.02);
        Assert.AreEqual(-0.5, staying[1], 0.02);
    }

    [TestMethod]
    public void Grade_OfTheTruthItself_LeavesNoErrorAndOfNothingTheSignal()
    {
        using var scope = NewDisposeScope();
        var (candidates, inside) = Problem();
        using var fusion = new Fusion(candidates, candidates[1], inside, zeros(Targets));

        var exact = fusion.Grade(1, 2, tensor(new double[] { 0, 1 }));
        var nothing = fusion.Grade(1, 2, tensor(new double[] { 0, 0 }));

        Assert.AreEqual(0, exact.Error, 1e-3 * exact.Signal);
        Assert.AreEqual(nothing.Signal, nothing.Error, 1e-9);
        Assert.IsGreaterThan(1, nothing.Signal);
    }

    [TestMethod]
    public void Weights_DeletionsThatDoNotCount_HaveNoPart()
    {
        using var scope = NewDisposeScope();
        var (candidates, inside) = Problem();
        var truth = candidates[0].clone();
        truth[0].neg_();
        using var fusion = new Fusion(candidates, truth, inside, zeros(Targets));
        var weights = new ShapeWeights([10, .. Enumerable.Repeat(0.0, Deletions - 1)]);

        double without = fusion.Weights(1, weights.For(0, deletion => deletion == 0))[0].item<double>();
        double even = fusion.Weights(1, full([Deletions], Held(1.0 / Deletions), ScalarType.Float64))[0].item<double>();

        Assert.AreEqual(1, without, 0.02);
        Assert.IsLessThan(0.9, even);
    }

    /// <summary>Two deletions that disagree: one did what was predicted, one, three times as large, three times that. By squares alone the weight would be 2.8.</summary>
    [TestMethod]
    public void Weights_LargeAndSmallDeletions_CountAlike()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var one = BankOutputs.Centre(randn([1, Targets, Classes], generator: generator), TrainingLoss.CrossEntropy);
        var candidate = cat([one, one.mul(Held(3))]);
        var truth = cat([one, one.mul(Held(9))]);
        using var fusion = new Fusion([candidate], truth, zeros(2, Targets), zeros(Targets));

        // Relative to what each did: (1 / 1 + 27 / 81) / (1 / 1 + 9 / 81) = 1.2.
        Assert.AreEqual(1.2, fusion.Weights(1, full([2], Held(0.5), ScalarType.Float64))[0].item<double>(), 0.05);
    }

    private static (Tensor[] Candidates, Tensor Inside) Problem()
    {
        using var generator = new Generator(9);
        Tensor[] candidates = [.. Enumerable.Range(0, 2).Select(_ => BankOutputs.Centre(randn([Deletions, Targets, Classes], generator: generator), TrainingLoss.CrossEntropy))];
        return (candidates, rand([Deletions, Targets], generator: generator).lt(Held(0.3)).to_type(ScalarType.Float32));
    }
}
