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

    private readonly Tensor inverse;
    private readonly double scale;
    private readonly int deletions;

    /// <param name="similarity">Sums of similarities between the deletions, [deletions, deletions].</param>
    /// <param name="fullMembers">Number of members trained on all rows.</param>
    /// <param name="noise">Noise variance of one observation, in units of the mean deletion's variance.</param>
    public DeletionProcess(Tensor similarity, int fullMembers, double noise)
    {
        using var scope = NewDisposeScope();
        deletions = (int)similarity.shape[0];
        scale = 1 / similarity.diagonal().mean().item<double>();
        Noise = noise;
        var matrix = zeros(deletions + fullMembers, deletions + fullMembers, ScalarType.Float64);
        matrix.slice(0, 0, deletions, 1).slice(1, 0, deletions, 1).copy_(similarity.mul(scale));
        matrix.add_(ConstantVariance).diagonal().add_(noise);
        inverse = linalg.inv(matrix).DetachFromDisposeScope();
    }

    /// <summary>Noise variance of one observation.</summary>
    public double Noise { get; }

    /// <summary>Solves for observations, [observations, outputs].</summary>
    public Tensor Solve(Tensor observations) => inverse.mm(observations.to_type(ScalarType.Float64));

    /// <summary>Maximum likelihood scale of the variances of each output, [outputs].</summary>
    public static Tensor Amplitude(Tensor observations, Tensor solved) => observations.mul(solved).sum([0]).div(observations.shape[0]);

    /// <summary>The constant of each output, [1, outputs].</summary>
    public static Tensor Constant(Tensor solved) => solved.sum(0, keepdim: true).mul(ConstantVariance);

    /// <summary>What is left of each deletion's observation when it is predicted from all others, [deletions, outputs].</summary>
    public Tensor LeaveOneOutErrors(Tensor solved) => solved.slice(0, 0, deletions, 1).div(Diagonal().unsqueeze(1));

    /// <summary>Variance of each deletion's effect given all others, in units of the amplitude, [deletions].</summary>
    public Tensor LeaveOneOutVariances() => Diagonal().reciprocal().sub(Noise).clamp_min(1e-6);

    /// <summary>The effect of a set of rows, [outputs].</summary>
    /// <param name="similarity">Similarity of the set to each deletion, [deletions].</param>
    /// <param name="solved">Result of <see cref="Solve"/>.</param>
    public Tensor Effect(Tensor similarity, Tensor solved) => similarity.mul(scale).unsqueeze(0).mm(solved.slice(0, 0, deletions, 1)).squeeze(0);

    /// <summary>Variance of that effect, in units of the amplitude.</summary>
    /// <param name="similarity">Similarity of the set to each deletion, [deletions].</param>
    /// <param name="self">Similarity of the set to itself.</param>
    public double EffectVariance(Tensor similarity, double self)
    {
        using var scope = NewDisposeScope();
        var scaled = similarity.mul(scale);
        var block = inverse.slice(0, 0, deletions, 1).slice(1, 0, deletions, 1);
        return Math.Max(scale * self - scaled.dot(block.mv(scaled)).item<double>(), 1e-6);
    }

    public void Dispose() => inverse.Dispose();

    private Tensor Diagonal() => inverse.diagonal().slice(0, 0, deletions, 1);
}
