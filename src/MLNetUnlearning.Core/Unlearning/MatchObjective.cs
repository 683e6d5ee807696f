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
        var first = arange(Held(models), Held(models + count), Held(1), ScalarType.Int64).mul(Held(rowCount)).repeat_interleave(logits.shape[1]);
        var target = targets.view(-1, classes).index_select(0, rows.add(first, Held(1))).view(logits.shape);
        var difference = logits.sub(target);
        var loss = difference.pow(Held(2)).mul(weights).sum([1, 2]).div(Held(classes));
        return (loss, difference.mul(weights).mul(Held(2.0 / classes)));
    }
}
