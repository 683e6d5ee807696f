using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>The mean loss against the labels of rows.</summary>
internal sealed class LossObjective : IObjective, IDisposable
{
    private readonly TrainingLoss loss;
    private readonly Tensor targets;

    public LossObjective(LabeledRows rows)
    {
        loss = rows.Loss;
        using var scope = NewDisposeScope();
        targets = LossTerms.Targets(rows.Labels, rows.OutputCount).to_type(ScalarType.Float32).alias().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights)
    {
        var target = targets.index_select(0, rows).view(logits.shape);
        if (loss == TrainingLoss.SquaredError)
        {
            var difference = logits.sub(target);
            return (difference.pow(Held(2)).sum(-1, keepdim: true).mul(weights).sum([1, 2]).div(Held(2)), difference.mul(weights));
        }

        var logProbabilities = logits.log_softmax(-1);
        var value = logProbabilities.mul(target).sum(-1, keepdim: true).mul(weights).sum([1, 2]).neg();
        return (value, logProbabilities.exp().sub(target).mul(weights));
    }

    public void Dispose() => targets.Dispose();
}
