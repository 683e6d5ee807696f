using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Mean cross-entropy against the labels.</summary>
internal sealed class CrossEntropyObjective : IObjective, IDisposable
{
    private readonly Tensor oneHot;

    public CrossEntropyObjective(LabeledRows rows)
    {
        using var scope = NewDisposeScope();
        oneHot = nn.functional.one_hot(rows.Labels, rows.Classes).to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights)
    {
        var target = oneHot.index_select(0, rows).view(logits.shape);
        var logProbabilities = logits.log_softmax(-1);
        var loss = logProbabilities.mul(target).sum(-1, keepdim: true).mul(weights).sum([1, 2]).neg();
        return (loss, logProbabilities.exp().sub(target).mul(weights));
    }

    public void Dispose() => oneHot.Dispose();
}
