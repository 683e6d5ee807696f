using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// The two losses of SCRUB. With p and q the softmax of teacher and student at temperature T: on forget rows -T² KL(p ‖ q), on retain rows
/// γ cross-entropy + α T² KL(p ‖ q). The gradient of T² KL in the student's logits is T (q - p).
/// </summary>
internal sealed class ScrubObjective : IObjective, IDisposable
{
    private readonly LossObjective crossEntropy;
    private readonly Tensor teacher;
    private readonly Tensor retained;
    private readonly double temperature, labelWeight, teacherWeight;

    /// <param name="rows">All training rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="teacher">Logits of the models as they came, [models, rows, classes]; taken over.</param>
    /// <param name="options">Weights and temperature.</param>
    public ScrubObjective(LabeledRows rows, int[] forget, Tensor teacher, ScrubOptions options)
    {
        crossEntropy = new LossObjective(rows);
        this.teacher = teacher;
        using var scope = NewDisposeScope();
        using var signs = ForgettingObjective.SignsOf(rows.Count, forget);
        retained = signs.add(Held(1), Held(1)).div(Held(2)).DetachFromDisposeScope();
        (temperature, labelWeight, teacherWeight) = (options.Temperature, options.LabelWeight, options.TeacherWeight);
    }

    /// <inheritdoc/>
    public (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights)
    {
        long count = logits.shape[0], rowCount = teacher.shape[1], classes = teacher.shape[2];
        var first = arange(Held(models), Held(models + count), Held(1), ScalarType.Int64).mul(Held(rowCount)).repeat_interleave(logits.shape[1]);
        var p = teacher.view(-1, classes).index_select(0, rows.add(first, Held(1))).view(logits.shape).div(Held(temperature)).log_softmax(-1);
        var q = logits.div(Held(temperature)).log_softmax(-1);
        var stays = retained.index_select(0, rows).view(weights.shape);
        // 1 on retain rows times the weight there, -1 on forget rows.
        var pull = stays.mul(Held(teacherWeight + 1)).sub(Held(1)).mul(weights);
        var divergence = p.exp().mul(p.sub(q)).sum(-1, keepdim: true).mul(pull).sum([1, 2]).mul(Held(temperature * temperature));
        var (loss, gradient) = crossEntropy.Evaluate(logits, models, rows, weights.mul(stays).mul(Held(labelWeight)));
        return (loss.add(divergence, Held(1)), gradient.add(q.exp().sub(p.exp()).mul(pull).mul(Held(temperature)), Held(1)));
    }

    public void Dispose()
    {
        crossEntropy.Dispose();
        teacher.Dispose();
        retained.Dispose();
    }
}
