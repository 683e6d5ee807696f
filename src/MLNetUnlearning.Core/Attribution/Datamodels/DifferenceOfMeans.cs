using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>Empirical influence: mean output of the members that lack a row minus mean output of the others. Zero for rows that all members have or all lack.</summary>
internal sealed class DifferenceOfMeans : IDatamodelRegression
{
    private readonly Tensor contrasts;

    /// <param name="masks">Which member lacks which row.</param>
    public DifferenceOfMeans(MemberMasks masks)
    {
        using var scope = NewDisposeScope();
        var without = masks.Matrix.to_type(ScalarType.Float64);
        var with = without.neg().add(Held(1), Held(1));
        Tensor lacking = without.sum([0]), having = with.sum([0]);
        var known = lacking.mul(having).gt(Held(0)).to_type(ScalarType.Float64);
        contrasts = without.div(lacking.clamp_min(Held(1))).sub(with.div(having.clamp_min(Held(1)))).mul(known).DetachFromDisposeScope();
    }

    public Tensor Coefficients(Tensor outputs, int outputsPerTarget, CancellationToken cancellationToken) => contrasts.t().mm(outputs.to_type(ScalarType.Float64));

    public Tensor Sum(Tensor outputs, int outputsPerTarget, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        var index = tensor(rows.Select(row => (long)row).ToArray());
        return contrasts.index_select(1, index).sum([1]).matmul(outputs.to_type(ScalarType.Float64));
    }

    public void Dispose() => contrasts.Dispose();
}
