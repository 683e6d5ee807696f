using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>How far predicted changes of logits are from those that retraining brings about, over a set of targets and all their logits.</summary>
/// <remarks>
/// Prediction and truth are centred over classes: a shift common to all classes of a target changes no probability. The reference of R² is "no change", so an
/// estimator that predicts nothing scores 0 and one that is worse than doing nothing scores below 0. (Centring makes the mean over all logits zero, so a reference
/// at the mean would give the same R², and the cosine is the Pearson correlation.) Where the truth is one of values (<see cref="TrueChange.Loss"/>) nothing is centred: a
/// shift common to all outputs of a target is a change like any other, and the correlation is about zero. The truth is a mean over few models and noisy itself: no honest estimator can expect more than
/// <see cref="Ceiling"/>, so give R² as a share of it. The ceiling assumes that the prediction does not come from the truth's own models.
/// </remarks>
/// <param name="Targets">Number of targets.</param>
/// <param name="R2">1 - Σ(predicted - true)² / Σ true².</param>
/// <param name="Correlation">Correlation of predicted and true changes; NaN if the prediction is zero everywhere.</param>
/// <param name="Multiplier">The factor on the prediction that would make its squared error smallest: above 1 it falls short, below 1 it overshoots; NaN if the prediction is zero everywhere.</param>
/// <param name="Ceiling">Expected R² of the true change itself, 1 - Σ variance / Σ true²; 1 if the truth is exact, at or below 0 if it does not rise above its noise.</param>
public sealed record TargetError(int Targets, double R2, double Correlation, double Multiplier, double Ceiling)
{
    /// <summary>R² as a share of the ceiling; NaN if the ceiling is not above 0.</summary>
    public double ShareOfCeiling => Ceiling > 0 ? R2 / Ceiling : double.NaN;

    /// <summary>Grades a prediction.</summary>
    /// <param name="predicted">Predicted change of every logit, [targets, classes]; or [models, targets, classes], of which the mean over models is graded.</param>
    /// <param name="truth">The true change of the same targets.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the true change is zero everywhere.</exception>
    public static TargetError Of(Tensor predicted, TrueChange truth)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Grade(Checked(predicted, truth), truth);
    }

    /// <summary>Grades a prediction on sets of targets, such as forget, retain and validation rows, each apart.</summary>
    /// <param name="predicted">As in <see cref="Of"/>.</param>
    /// <param name="truth">The true change of the same targets.</param>
    /// <param name="sets">Positions of the targets of each set, by the set's name; a target may be in several sets or in none.</param>
    /// <returns>The error of each set, by name.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or the true change of a set is zero everywhere.</exception>
    public static IReadOnlyDictionary<string, TargetError> BySet(Tensor predicted, TrueChange truth, IReadOnlyDictionary<string, IReadOnlyList<int>> sets)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var change = Checked(predicted, truth);
        var result = new Dictionary<string, TargetError>(sets.Count);
        foreach (var (name, targets) in sets)
        {
            using var part = truth.Select(targets);
            result.Add(name, Grade(change.index_select(0, tensor(targets.Select(target => (long)target).ToArray())), part));
        }

        return result;
    }

    /// <summary>Outputs as they can be compared, in float64: logits with the mean over classes taken out, values as they are.</summary>
    /// <param name="outputs">[..., outputs].</param>
    /// <param name="loss">The loss of the models.</param>
    internal static Tensor Comparable(Tensor outputs, TrainingLoss loss) => BankOutputs.Centre(outputs.to_type(ScalarType.Float64), loss);

    private static Tensor Checked(Tensor predicted, TrueChange truth)
    {
        var change = predicted.dim() == 3 ? predicted.to_type(ScalarType.Float64).mean([0]) : predicted;
        return change.shape.AsSpan().SequenceEqual(truth.Values.shape)
            ? change
            : throw new ArgumentException($"The predicted change [{string.Join(", ", predicted.shape)}] is not of the targets of the true change [{string.Join(", ", truth.Values.shape)}].", nameof(predicted));
    }

    private static TargetError Grade(Tensor predicted, TrueChange truth)
    {
        Tensor p = Comparable(predicted, truth.Loss).flatten(), t = truth.Values.flatten();
        double square = t.dot(t).item<double>();
        if (!(square > 0))
        {
            throw new ArgumentException($"The true change of {truth.Count} targets is zero everywhere, so nothing can be graded on it. Choose targets that retraining moves.", nameof(truth));
        }

        var error = p.sub(t);
        double product = p.dot(t).item<double>(), predictedSquare = p.dot(p).item<double>();
        return new TargetError(
            truth.Count,
            1 - error.dot(error).item<double>() / square,
            product / Math.Sqrt(predictedSquare * square),
            product / predictedSquare,
            1 - truth.Variance.sum().item<double>() / square);
    }
}
