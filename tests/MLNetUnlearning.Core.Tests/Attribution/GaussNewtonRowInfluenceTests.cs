using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Scores of single rows against brute force: an affine softmax model solved to its optimum with and without each row.</summary>
[TestClass]
public sealed class GaussNewtonRowInfluenceTests
{
    private const int RowCount = 150, Left = 30, Targets = 60;
    private const double WeightDecay = 0.02;

    /// <summary>
    /// One step per row against its true optimum: high correlation over all pairs, the right sign where the effect is not small. The same scores under shuffled row ids must fail both.
    /// </summary>
    [TestMethod]
    public void RowInfluence_ConvexModel_FollowsLeaveOneOut()
    {
        using var scope = NewDisposeScope();
        using var rows = Coarse();
        var problem = new ConvexProblem(rows, TrainingLoss.CrossEntropy, WeightDecay);
        var theta = problem.Solve();
        using var bank = Banks.OfAffine(theta);
        using var fitted = new GaussNewtonInfluence(new() { ProjectionSize = 100, Damping = 1, WeightDecay = WeightDecay, MaxMembers = 1 }).Fit(bank, rows);
        var targets = rows.Features.slice(0, RowCount - Targets, RowCount, 1);
        var labels = rows.Labels.slice(0, RowCount - Targets, RowCount, 1);

        var scores = ((IRowInfluence)fitted).RowInfluence(rows, targets, labels).slice(1, 0, Left, 1);

        // What each row raises the margins by: those of the full optimum less those without it.
        var truth = stack([.. Enumerable.Range(0, Left).Select(row => Margins(problem, theta, labels).sub(Margins(problem, problem.Solve(row), labels)))], 1).to_type(ScalarType.Float32);
        double correlation = Correlation(scores, truth), signs = Signs(scores, truth);
        var order = tensor(StableRandom.Order([.. Enumerable.Range(0, Left).Select(i => (long)i)], 5).Select(i => (long)i).ToArray()).clone();
        var shuffled = scores.index_select(1, order);
        Console.WriteLine($"correlation {correlation:f4}, signs {signs:f4}; shuffled ids {Correlation(shuffled, truth):f4}, {Signs(shuffled, truth):f4}");
        Assert.IsGreaterThan(0.98, correlation);
        Assert.IsGreaterThan(0.98, signs);
        Assert.IsLessThan(0.3, Correlation(shuffled, truth));
        Assert.IsLessThan(0.8, Signs(shuffled, truth));
        // In logits, not just in order: the slope through the origin is near 1.
        Assert.AreEqual(1, scores.mul(truth).sum().item<float>() / truth.pow(Held(2)).sum().item<float>(), 0.25);
    }

    /// <summary>No score depends on the targets beside it beyond rounding, nor on the number of workers at all.</summary>
    [TestMethod]
    public void RowInfluence_OtherBatchesAndWorkers_ScoresAlike()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 3, epochs: 4, 12);
        var targets = rows.Features.slice(0, 0, 40, 1);
        var labels = rows.Labels.slice(0, 0, 40, 1);
        using var one = new GaussNewtonInfluence(new() { ProjectionSize = 4, MaxWorkers = 1 }).Fit(bank, rows);
        using var three = new GaussNewtonInfluence(new() { ProjectionSize = 4, MaxWorkers = 3 }).Fit(bank, rows);

        var scores = ((IRowInfluence)one).RowInfluence(rows, targets, labels);

        Assert.AreEqual(Bits.Of([scores]), Bits.Of([((IRowInfluence)three).RowInfluence(rows, targets, labels)]));
        var part = ((IRowInfluence)one).RowInfluence(rows, targets.slice(0, 7, 9, 1), labels.slice(0, 7, 9, 1));
        Closeness.Check(scores.slice(0, 7, 9, 1), part, 1e-4 * scores.abs().max().item<float>(), "two of the targets");
    }

    [TestMethod]
    public void RowInfluence_Asked_LeavesNoTensors()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 8);
        using var fitted = new GaussNewtonInfluence(new() { ProjectionSize = 3 }).Fit(bank, rows);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, rows.Labels).Dispose(), 2));
    }

    /// <summary>Digits of 4 x 4 pixels: few enough weights that many optima are found in seconds.</summary>
    private static LabeledRows Coarse()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(RowCount);
        var pixels = nn.functional.avg_pool2d(rows.Features.view(-1, 1, 8, 8), 2).flatten(1).contiguous();
        return LabeledRows.Create([.. pixels.data<float>()], 16, [.. rows.Labels.data<long>().Select(label => (int)label)], [.. rows.RowIds], rows.Classes);
    }

    private static Tensor Margins(ConvexProblem problem, Tensor theta, Tensor labels) =>
        LogitMargins.Of(problem.Inputs.slice(0, RowCount - Targets, RowCount, 1).mm(theta).unsqueeze(0), labels).squeeze(0);

    private static double Correlation(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Tensor x = a.flatten().sub(a.mean()), y = b.flatten().sub(b.mean());
        return x.dot(y).item<float>() / (x.norm().item<float>() * y.norm().item<float>());
    }

    /// <summary>Share of pairs with the right sign among the tenth of pairs with the largest true effect.</summary>
    private static double Signs(Tensor scores, Tensor truth)
    {
        using var scope = NewDisposeScope();
        var largest = truth.flatten().abs().topk((int)(truth.NumberOfElements / 10)).indexes;
        return scores.flatten().index_select(0, largest).mul(truth.flatten().index_select(0, largest)).gt(Held(0)).to_type(ScalarType.Float32).mean().item<float>();
    }
}
