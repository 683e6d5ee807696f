using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Mean squared difference to target logits, over rows and classes.</summary>
/// <param name="targets">[models, rows, classes].</param>
internal sealed class MatchObjective(Tensor targets) : IObjective
{
    public (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights)
    {
        long count = logits.shape[0], rowCount = targets.shape[1], classes = targets.shape[2];
        var first = arange(models, models + count, ScalarType.Int64).mul(rowCount).repeat_interleave(logits.shape[1]);
        var target = targets.view(-1, classes).index_select(0, rows.add(first)).view(logits.shape);
        var difference = logits.sub(target);
        var loss = difference.square().mul(weights).sum([1, 2]).div(classes);
        return (loss, difference.mul(weights).mul(2.0 / classes));
    }
}
