using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>A request in terms of the bank's deletions: which rows leave, how concentrated they are, and how far the bank has seen the like.</summary>
/// <param name="Forget">Positions of the rows that leave, ascending.</param>
/// <param name="Mask">[1, rows], 1 where a row leaves.</param>
/// <param name="Shape">Concentration of the rows that leave.</param>
/// <param name="Coverage">Largest share of the rows that one member lacked.</param>
/// <param name="Warnings">What lies outside the bank's experience.</param>
internal sealed record DeletionQuestion(int[] Forget, Tensor Mask, double Shape, double Coverage, IReadOnlyList<string> Warnings)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="ArgumentException">The rows do not fit.</exception>
    public static DeletionQuestion Of(LabeledRows rows, IReadOnlyList<long> forgetRowIds, FittedCalibration calibration, CancellationToken cancellationToken)
    {
        calibration.RequireRows(rows);
        int[] forget = rows.IndexesOf(forgetRowIds);
        var mask = zeros(1, rows.Count);
        mask[0].index_fill_(0, DeletionRecord.Positions(forget), Held(1));
        double similarity = calibration.Kernel.Between(rows, mask, mask, cancellationToken).item<double>();
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

        return new(forget, mask, shape, calibration.Record.Coverage(forget), warnings);
    }

    /// <summary>Position of each target among the training rows, -1 for none.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="targets">Number of targets.</param>
    /// <param name="rowIds">Row id of each that is a training row; null if none is.</param>
    /// <exception cref="ArgumentException">The ids do not fit.</exception>
    public static int[] Positions(LabeledRows rows, long targets, IReadOnlyList<long?>? rowIds) => rowIds is null || rowIds.Count == targets
        ? [.. Enumerable.Range(0, (int)targets).Select(i => rowIds?[i] is { } id ? rows.IndexOf(id) : -1)]
        : throw new ArgumentException($"There are {targets} targets but {rowIds.Count} target row ids. Give one id, or null, per target.", nameof(rowIds));

    /// <summary>[targets], 1 where the target leaves.</summary>
    /// <param name="positions">Position of each target among the training rows, -1 for none.</param>
    public Tensor Leaving(int[] positions) => tensor(positions.Select(row => Array.BinarySearch(Forget, row) >= 0 ? 1f : 0f).ToArray()).clone();
}
