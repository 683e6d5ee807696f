using MLNetUnlearning.Attribution.Deletions;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

[TestClass]
public sealed class DeletionProcessTests
{
    private const int Deletions = 12, Full = 4;
    private const double Noise = 0.3;

    /// <summary>The closed form against solving twelve smaller systems; tolerance 1e-9 in float64.</summary>
    [TestMethod]
    public void LeaveOneOutErrors_ClosedForm_EqualsRefittingWithoutEachDeletion()
    {
        using var scope = NewDisposeScope();
        var (similarity, observations) = Problem();
        using var process = new DeletionProcess(similarity, Full, Noise);
        var matrix = Covariance(similarity);

        var errors = process.LeaveOneOutErrors(process.Solve(observations));

        for (int left = 0; left < Deletions; left++)
        {
            var others = tensor(Enumerable.Range(0, Deletions + Full).Where(i => i != left).Select(i => (long)i).ToArray());
            var part = matrix.index_select(0, others).index_select(1, others);
            var predicted = matrix[left].index_select(0, others).unsqueeze(0).mm(linalg.solve(part, observations.index_select(0, others))).squeeze(0);
            Closeness.Check(observations[left].sub(predicted).to_type(ScalarType.Float32), errors[left].to_type(ScalarType.Float32), 1e-6, $"deletion {left}");
        }
    }

    [TestMethod]
    public void Effect_OfADeletionSeenWithoutNoise_IsItsObservation()
    {
        using var scope = NewDisposeScope();
        var (similarity, observations) = Problem();
        using var process = new DeletionProcess(similarity, Full, 1e-8);

        var solved = process.Solve(observations);
        var effect = process.Effect(similarity[3], solved).add(DeletionProcess.Constant(solved).squeeze(0), Held(1));

        Closeness.Check(observations[3].to_type(ScalarType.Float32), effect.to_type(ScalarType.Float32), 1e-5, "effect");
        Assert.IsLessThan(1e-5, process.EffectVariance(similarity[3], similarity[3, 3].item<double>()) / Scale(similarity));
    }

    /// <summary>A deletion of boundless noise says nothing: the others alone give the same, if all are of one size; tolerance 1e-6 for noise of 1e12.</summary>
    [TestMethod]
    public void Effect_DeletionDoubtedBeyondMeasure_IsThatOfTheOthersAlone()
    {
        using var scope = NewDisposeScope();
        var (raw, observations) = Problem();
        var roots = raw.diagonal().sqrt();
        var similarity = raw.div(roots.unsqueeze(0)).div(roots.unsqueeze(1));
        var doubts = ones(Deletions, ScalarType.Float64);
        doubts[Deletions - 1] = 1e12;
        using var doubting = new DeletionProcess(similarity, Full, Noise, doubts);
        using var trusting = new DeletionProcess(similarity, Full, Noise);
        using var others = new DeletionProcess(similarity.slice(0, 0, Deletions - 1, 1).slice(1, 0, Deletions - 1, 1), Full, Noise);
        var near = similarity[Deletions - 1];

        var expected = others.Effect(near.slice(0, 0, Deletions - 1, 1), others.Solve(cat([observations.slice(0, 0, Deletions - 1, 1), observations.slice(0, Deletions, Deletions + Full, 1)])));
        var actual = doubting.Effect(near, doubting.Solve(observations));

        Closeness.Check(expected.to_type(ScalarType.Float32), actual.to_type(ScalarType.Float32), 1e-6, "effect");
        // The control: a deletion that is believed moves the prediction for its like.
        Assert.IsGreaterThan(0.1, expected.sub(trusting.Effect(near, trusting.Solve(observations))).norm().item<double>());
    }

    [TestMethod]
    public void EffectVariance_SetUnlikeAnyDeletion_IsItsPriorVariance()
    {
        using var scope = NewDisposeScope();
        var (similarity, _) = Problem();
        using var process = new DeletionProcess(similarity, Full, Noise);

        // Its own variance, and noise in proportion to its root.
        var scaled = similarity.mul(Held(Scale(similarity))).diagonal();
        var pairs = scaled.add(scaled.pow(Held(2)), Held(1));
        double own = 2 * Scale(similarity), relative = (own + (own * own)) / pairs.mean().item<double>();
        double meanRoot = pairs.div(pairs.mean()).sqrt().mean().item<double>();
        Assert.AreEqual(relative + (Noise * Math.Sqrt(relative) / meanRoot), process.EffectVariance(zeros(Deletions, ScalarType.Float64), 2), 1e-12);
    }

    /// <summary>An error common to all members, deleted or not, is the error of the estimated mean and no effect of deleting.</summary>
    [TestMethod]
    public void Effect_OfAShiftCommonToAllMembers_IsSmall()
    {
        using var scope = NewDisposeScope();
        var (similarity, _) = Problem();
        using var process = new DeletionProcess(similarity, Full, Noise);
        var shift = ones(Deletions + Full, 1, ScalarType.Float64);
        var onlyDeleted = shift.clone();
        onlyDeleted.slice(0, Deletions, Deletions + Full, 1).zero_();

        double common = process.Effect(similarity[2], process.Solve(shift)).abs().item<double>();
        double real = process.Effect(similarity[2], process.Solve(onlyDeleted)).abs().item<double>();

        Assert.IsLessThan(0.1, common);
        Assert.IsGreaterThan(5 * common, real, "A shift of the deleted alone is an effect.");
    }

    private static double Scale(Tensor similarity) => 1 / similarity.diagonal().mean().item<double>();

    /// <summary>First and second order, scaled to a mean variance of 1.</summary>
    private static Tensor Pairs(Tensor similarity)
    {
        var scaled = similarity.mul(Held(Scale(similarity)));
        var pairs = scaled.add(scaled.pow(Held(2)), Held(1));
        return pairs.div(pairs.diagonal().mean());
    }

    private static Tensor Covariance(Tensor similarity)
    {
        var matrix = zeros(Deletions + Full, Deletions + Full, ScalarType.Float64);
        var covariance = Pairs(similarity);
        matrix.slice(0, 0, Deletions, 1).slice(1, 0, Deletions, 1).copy_(covariance);
        var roots = covariance.diagonal().sqrt();
        matrix.add_(Held(10), Held(1)).diagonal().add_(cat([roots.div(roots.mean()).mul(Held(Noise)), full([Full], Held(0.3 * Noise), ScalarType.Float64)]), Held(1));
        return matrix;
    }

    private static (Tensor Similarity, Tensor Observations) Problem()
    {
        using var generator = new Generator(5);
        var factors = rand([Deletions, 20], ScalarType.Float64, generator: generator);
        return (factors.mm(factors.t()), randn([Deletions + Full, 7], ScalarType.Float64, generator: generator));
    }
}
