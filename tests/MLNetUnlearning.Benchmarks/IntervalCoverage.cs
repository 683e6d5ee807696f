using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;

namespace MLNetUnlearning.Benchmarks;

/// <summary>How often 90 % predictive intervals hold the true change, the truth's own noise added to the variance.</summary>
/// <param name="estimator">What predicts.</param>
internal sealed class IntervalCoverage(string estimator)
{
    private const double Ninety = 1.6449;

    private readonly List<(double Forget, double All)> shares = [];

    /// <summary>Counts one request.</summary>
    /// <param name="change">Prediction with variance.</param>
    /// <param name="truth">The true change of the same targets.</param>
    /// <param name="leaving">Positions of the targets that leave.</param>
    /// <returns>Share of the leaving rows' logits inside their intervals.</returns>
    public double Add(LogitChange change, TrueChange truth, int[] leaving)
    {
        double[] predicted = [.. TargetError.Comparable(change.Values, truth.Loss).contiguous().data<double>()];
        double[] variance = [.. change.Variance!.to_type(TorchSharp.torch.ScalarType.Float64).contiguous().data<double>()];
        double[] values = [.. truth.Values.contiguous().data<double>()], noise = [.. truth.Variance.contiguous().data<double>()];
        int classes = (int)truth.Values.shape[1];
        bool Inside(int i) => Math.Abs(values[i] - predicted[i]) <= Ninety * Math.Sqrt(variance[i] + noise[i]);
        double Share(IEnumerable<int> targets) => targets.SelectMany(target => Enumerable.Range(target * classes, classes)).Average(i => Inside(i) ? 1.0 : 0);
        shares.Add((Share(leaving), Share(Enumerable.Range(0, truth.Count))));
        return shares[^1].Forget;
    }

    /// <summary>The mean over requests.</summary>
    public IEnumerable<IReadOnlyDictionary<string, object?>> Rows(string dataset) => shares.Count == 0 ? [] :
    [
        new Dictionary<string, object?>
        {
            ["dataset"] = dataset,
            ["forgetSet"] = "all requests",
            ["estimator"] = $"90 % intervals of {estimator}",
            ["requests"] = shares.Count,
            ["interval90Forget"] = shares.Average(share => share.Forget),
            ["interval90All"] = shares.Average(share => share.All),
        },
    ];
}
