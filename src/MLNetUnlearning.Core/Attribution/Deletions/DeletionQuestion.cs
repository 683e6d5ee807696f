using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>A request in terms of the bank's deletions: which rows leave, how concentrated they are, and how far the bank has seen the like.</summary>
/// <param name="Forget">Positions of the rows that leave.</param>
/// <param name="Mask">[1, rows], 1 where a row leaves.</param>
/// <param name="Shape">Concentration of the rows that leave.</param>
/// <param name="Positions">Position of each target among the training rows, -1 for none.</param>
/// <param name="Leaving">[targets], 1 where the target leaves.</param>
/// <param name="Coverage">Largest share of the rows that one member lacked.</param>
/// <param name="Warnings">What lies outside the bank's experience.</param>
internal sealed record DeletionQuestion(int[] Forget, Tensor Mask, double Shape, int[] Positions, Tensor Leaving, double Coverage, IReadOnlyList<string> Warnings)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="ArgumentException">The rows or the ids of the targets do not fit.</exception>
    public static DeletionQuestion Of(AttributionRequest request, FittedCalibration calibration, CancellationToken cancellationToken)
    {
        calibration.RequireRows(request.Rows);
        int[] forget = request.Rows.IndexesOf(request.ForgetRowIds);
        int targets = (int)request.Targets.shape[0];
        if (request.TargetRowIds is { } ids && ids.Count != targets)
        {
            throw new ArgumentException($"There are {targets} targets but {ids.Count} target row ids. Give one id, or null, per target.", nameof(request));
        }

        int[] positions = [.. Enumerable.Range(0, targets).Select(i => request.TargetRowIds?[i] is { } id ? request.Rows.IndexOf(id) : -1)];
        var leaving = forget.ToHashSet();
        var mask = zeros(1, request.Rows.Count);
        mask[0].index_fill_(0, DeletionRecord.Positions(forget), 1);
        double similarity = calibration.Kernel.Between(request.Rows, mask, mask, cancellationToken).item<double>();
        double shape = ShapeWeights.Concentration(similarity, forget.Length);
        var report = calibration.Report;
        var warnings = new List<string>();
        if (forget.Length > report.LargestDeletion || forget.Length < report.SmallestDeletion)
        {
            warnings.Add($"The request takes {forget.Length} rows, but attribution was calibrated on deletions of {report.SmallestDeletion} to {report.LargestDeletion}.");
        }

        if (!calibration.Weights.Covers(shape))
        {
            warnings.Add("The rows of the request are more alike, or less, than those of the deletions that attribution was calibrated on.");
        }

        return new(forget, mask, shape, positions, tensor(positions.Select(row => leaving.Contains(row) ? 1f : 0f).ToArray()).clone(), calibration.Record.Coverage(forget), warnings);
    }
}
