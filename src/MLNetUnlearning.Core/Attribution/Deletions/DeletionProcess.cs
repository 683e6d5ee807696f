using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// The linear algebra of the process. Observations are the deletions, then the members trained on all rows (deletions of nothing); all share an unknown constant, the true mean
/// of the undeleted model, of which the full members give only an estimate.
/// </summary>
internal sealed class DeletionProcess : IDisposable
{
    /// <summary>Prior variance of the constant, in units of the mean deletion's: large, so that the data decide.</summary>
    private const double ConstantVariance = 10;

    /// <summary>Noise of a full member, as a share of a mean deletion's: it has the noise of its seed, but no misfit of the model of deletions.</summary>
    private const double FullNoise = 0.3;

    private readonly Tensor inverse;
    private readonly double scale;
    private readonly double meanVariance;
    private readonly double meanRoot;
    private readonly int deletions;

    /// <param name="similarity">Sums of similarities between the deletions, [deletions, deletions].</param>
    /// <param name="fullMembers">Number of members trained on all rows.</param>
    /// <param name="noise">Noise variance of one observation, in units of the mean deletion's variance.</param>
    /// <param name="doubts">Factor on the noise of each deletion, [deletions], float64; null for 1.</param>
    public DeletionProcess(Tensor similarity, int fullMembers, double noise, Tensor? doubts = null)
    {
        using var scope = NewDisposeScope();
        deletions = (int)similarity.shape[0];
        scale = 1 / similarity.diagonal().mean().item<double>();
        Noise = noise;
        var matrix = zeros(deletions + fullMembers, deletions + fullMembers, ScalarType.Float64);
        var covariance = Pairs(similarity.mul(Held(scale)));
        meanVariance = covariance.diagonal().mean().item<double>();
        covariance.div_(Held(meanVariance));
        var roots = covariance.diagonal().sqrt();
        meanRoot = roots.mean().item<double>();
        // A deletion whose rows have all left since is a full member by now, with the noise of its seed.
        var noises = where(roots.gt(Held(0)), roots.mul(Held(noise / meanRoot)), full_like(roots, Held(FullNoise * noise)));
        if (doubts is not null)
        {
            noises.mul_(doubts);
        }

        matrix.slice(0, 0, deletions, 1).slice(1, 0, deletions, 1).copy_(covariance);
        matrix.add_(Held(ConstantVariance), Held(1));
        matrix.diagonal().slice(0, 0, deletions, 1).add_(noises, Held(1));
        matrix.diagonal().slice(0, deletions, deletions + fullMembers, 1).add_(Held(FullNoise * noise), Held(1));
        inverse = linalg.inv(matrix).contiguous().DetachFromDisposeScope();
    }

    private DeletionProcess(Tensor inverse, double[] numbers, int deletions)
    {
        (this.inverse, this.deletions) = (inverse, deletions);
        (scale, meanVariance, meanRoot, Noise) = (numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>Noise variance of a mean deletion's observation, in units of the mean deletion's variance.</summary>
    public double Noise { get; }

    /// <summary>Types and shapes of its tensors.</summary>
    public static IReadOnlyList<TensorShape> Shapes(long deletions, long fullMembers) => [TensorShape.Double(deletions + fullMembers, deletions + fullMembers), TensorShape.Double(4)];

    /// <summary>The process whose tensors were stored; takes them over.</summary>
    public static DeletionProcess Restore(Tensor[] state, int deletions)
    {
        double[] numbers = [.. state[1].ToHost<double>()];
        state[1].Dispose();
        return new(state[0], numbers, deletions);
    }

    /// <summary>Its tensors, of this object or of the current dispose scope.</summary>
    public IReadOnlyList<Tensor> State() => [inverse, tensor(new[] { scale, meanVariance, meanRoot, Noise }).clone()];

    /// <summary>Solves for observations, [observations, outputs].</summary>
    public Tensor Solve(Tensor observations) => inverse.mm(observations.to_type(ScalarType.Float64));

    /// <summary>Maximum likelihood scale of the variances of each output, [outputs].</summary>
    public static Tensor Amplitude(Tensor observations, Tensor solved) => observations.mul(solved).sum([0]).div(Held(observations.shape[0]));

    /// <summary>The constant of each output, [1, outputs].</summary>
    public static Tensor Constant(Tensor solved) => solved.sum(0, keepdim: true).mul(Held(ConstantVariance));

    /// <summary>What is left of each deletion's observation when it is predicted from all others, [deletions, outputs].</summary>
    public Tensor LeaveOneOutErrors(Tensor solved) => solved.slice(0, 0, deletions, 1).div(Diagonal().unsqueeze(1));

    /// <summary>Variance of each deletion's observation given all others, in units of the amplitude, [deletions].</summary>
    public Tensor LeaveOneOutVariances() => Diagonal().reciprocal();

    /// <summary>The effect of a set of rows, [outputs].</summary>
    /// <param name="similarity">Similarity of the set to each deletion, [deletions].</param>
    /// <param name="solved">Result of <see cref="Solve"/>.</param>
    public Tensor Effect(Tensor similarity, Tensor solved) => Covariance(similarity).unsqueeze(0).mm(solved.slice(0, 0, deletions, 1)).squeeze(0);

    /// <summary>Variance of that effect and of what the model of deletions misses, in units of the amplitude.</summary>
    /// <param name="similarity">Similarity of the set to each deletion, [deletions].</param>
    /// <param name="self">Similarity of the set to itself.</param>
    public double EffectVariance(Tensor similarity, double self)
    {
        using var scope = NewDisposeScope();
        var covariance = Covariance(similarity);
        var block = inverse.slice(0, 0, deletions, 1).slice(1, 0, deletions, 1);
        double own = Pairs(scale * self) / meanVariance;
        return Math.Max(own - covariance.dot(block.mv(covariance)).item<double>(), 0) + Math.Max(Noise * Math.Sqrt(own) / meanRoot, 1e-6);
    }

    public void Dispose() => inverse.Dispose();

    private Tensor Covariance(Tensor similarity)
    {
        using var scope = NewDisposeScope();
        return Pairs(similarity.mul(Held(scale))).div(Held(meanVariance)).MoveToOuterDisposeScope();
    }

    /// <summary>A sum of similarities, plus its square: the effect of each row on its own, plus that of each pair of rows.</summary>
    private static Tensor Pairs(Tensor similarity) => similarity.add(similarity.pow(Held(2)), Held(1));

    private static double Pairs(double similarity) => similarity + (similarity * similarity);

    private Tensor Diagonal() => inverse.diagonal().slice(0, 0, deletions, 1);
}
