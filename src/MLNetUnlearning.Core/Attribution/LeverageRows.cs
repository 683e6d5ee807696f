using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Rows for linear models in double precision, a batch at a time: inputs with a constant one for the bias, and targets.</summary>
internal static class LeverageRows
{
    /// <summary>Inputs [rows, features + 1].</summary>
    public static Tensor Inputs(Tensor features) => cat([features.to_type(ScalarType.Float64), ones(features.shape[0], 1, dtype: ScalarType.Float64)], 1);

    /// <summary>Targets [rows, outputs]: one-hot classes, or values.</summary>
    public static Tensor Targets(Tensor labels, int outputs) => LossTerms.Targets(labels, outputs).to_type(ScalarType.Float64);

    /// <summary>Features and labels of rows to forget.</summary>
    /// <exception cref="ArgumentException">The attribution covers another number of rows, or none would be left.</exception>
    public static (Tensor Features, Tensor Labels) Forgotten(LabeledRows rows, IReadOnlyList<long> ids, int covered)
    {
        if (rows.Count != covered)
        {
            throw new ArgumentException($"The attribution covers {covered} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }

        if (ids.Count >= covered)
        {
            throw new ArgumentException($"All {covered} rows are to be forgotten; a model cannot be trained on none.", nameof(ids));
        }

        var index = tensor(rows.IndexesOf(ids).Select(i => (long)i).ToArray(), ScalarType.Int64);
        return (rows.Features.index_select(0, index), rows.Labels.index_select(0, index));
    }

    /// <summary>Gives rows to <paramref name="work"/> a batch at a time, each in a dispose scope of its own.</summary>
    public static void ForEachBatch(Tensor features, Tensor labels, int batchSize, Action<Tensor, Tensor> work, CancellationToken cancellationToken)
    {
        for (long start = 0; start < features.shape[0]; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            long end = Math.Min(start + batchSize, features.shape[0]);
            work(features.slice(0, start, end, 1), labels.slice(0, start, end, 1));
        }
    }

    /// <summary>Change of the logits of targets when the weights [features + 1, classes] move by <paramref name="change"/>.</summary>
    public static LogitChange Along(Tensor change, Tensor targets, int batchSize, CancellationToken cancellationToken)
    {
        var result = empty(targets.shape[0], change.shape[1]);
        for (long start = 0; start < targets.shape[0]; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            long end = Math.Min(start + batchSize, targets.shape[0]);
            result.slice(0, start, end, 1).copy_(Inputs(targets.slice(0, start, end, 1)).mm(change));
        }

        return new LogitChange(result);
    }
}
