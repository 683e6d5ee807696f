using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>The rows of one request as a Gauss-Newton system sees them.</summary>
/// <param name="Pool">Retain rows among which each model finds those that its curvature is taken from, [pool, features].</param>
/// <param name="PoolIds">Their row ids.</param>
/// <param name="Forget">[forget rows, features].</param>
/// <param name="ForgetLabels">Classes [forget rows], int64, or values [forget rows, outputs].</param>
/// <param name="RowCount">Number of all rows.</param>
/// <param name="RetainCount">Number of retain rows that the pool stands for.</param>
/// <param name="Loss">Loss of the training.</param>
internal sealed record GroupRows(Tensor Pool, long[] PoolIds, Tensor Forget, Tensor ForgetLabels, int RowCount, int RetainCount, TrainingLoss Loss)
{
    /// <summary>The rows of a request; tensors belong to the current dispose scope.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="forget">Positions of those that leave.</param>
    /// <param name="curvatureRows">Rows that the curvature is to be taken from; the pool has several times as many.</param>
    /// <param name="seed">Fixes the pool.</param>
    /// <param name="loss">Loss of the training.</param>
    public static GroupRows Of(LabeledRows rows, int[] forget, int curvatureRows, ulong seed, TrainingLoss loss)
    {
        int[] pool = CurvatureSample.Pool(rows, forget, curvatureRows, seed);
        var index = DeletionRecord.Positions(forget);
        return new(
            rows.Features.index_select(0, DeletionRecord.Positions(pool)),
            [.. pool.Select(row => rows.RowIds[row])],
            rows.Features.index_select(0, index),
            rows.Labels.index_select(0, index),
            rows.Count,
            rows.Count - forget.Length,
            loss);
    }
}
