using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>The training loss against the labels, to be made small on retain rows and large on forget rows.</summary>
internal sealed class ForgettingObjective : IObjective, IDisposable
{
    private readonly LossObjective loss;
    private readonly Tensor signs;

    /// <param name="rows">All training rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    public ForgettingObjective(LabeledRows rows, int[] forget)
    {
        loss = new LossObjective(rows);
        signs = SignsOf(rows.Count, forget);
    }

    /// <inheritdoc/>
    public (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights) =>
        loss.Evaluate(logits, models, rows, weights.mul(signs.index_select(0, rows).view(weights.shape)));

    public void Dispose()
    {
        loss.Dispose();
        signs.Dispose();
    }

    /// <summary>[rows], -1 for forget rows and 1 for the others; it belongs to no dispose scope.</summary>
    public static Tensor SignsOf(int count, int[] forget)
    {
        float[] values = [.. Enumerable.Repeat(1f, count)];
        foreach (int row in forget)
        {
            values[row] = -1;
        }

        using var scope = NewDisposeScope();
        return tensor(values).clone().DetachFromDisposeScope();
    }
}
