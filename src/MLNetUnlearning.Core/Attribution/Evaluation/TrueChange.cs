using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>
/// What retraining really does to logits: the mean over models retrained without the forget set, minus the mean over models trained on all rows, with its
/// sampling noise. Each model's logits are centred over classes first, because a shift common to all classes changes no probability; outputs that are values are taken as they are.
/// </summary>
public sealed class TrueChange : IDisposable
{
    private TrueChange(Tensor values, Tensor variance, TrainingLoss loss)
    {
        Loss = loss;
        Values = values.DetachFromDisposeScope();
        Variance = variance.DetachFromDisposeScope();
    }

    /// <summary>The loss of the models: with cross-entropy outputs are compared centred over classes, with squared error as they are.</summary>
    public TrainingLoss Loss { get; }

    /// <summary>Mean change of every logit, centred over classes, or of every value, [targets, classes], float64.</summary>
    public Tensor Values { get; }

    /// <summary>Variance of each entry of <see cref="Values"/>, its squared standard error, [targets, classes], float64; zero if the truth is taken as exact.</summary>
    public Tensor Variance { get; }

    /// <summary>Number of targets.</summary>
    public int Count => (int)Values.shape[0];

    /// <summary>From the logits of single models: the noise of a difference of means, s²/N + s²/M.</summary>
    /// <param name="oracles">Logits of the models retrained without the forget set, [N, targets, classes], N at least 2.</param>
    /// <param name="full">Logits of models trained on all rows, with seeds of their own, [M, targets, classes], M at least 2.</param>
    /// <param name="loss">The loss of the models. Default cross-entropy, whose logits are centred; squared error for values.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or there are fewer than two models of a kind.</exception>
    public static TrueChange FromModels(Tensor oracles, Tensor full, TrainingLoss loss = TrainingLoss.CrossEntropy)
    {
        if (oracles.dim() != 3 || full.dim() != 3 || !oracles.shape.AsSpan(1).SequenceEqual(full.shape.AsSpan(1)))
        {
            throw new ArgumentException($"Logits of oracles [{string.Join(", ", oracles.shape)}] and of full models [{string.Join(", ", full.shape)}] must both be [models, targets, classes], of the same targets.", nameof(oracles));
        }

        if (oracles.shape[0] < 2 || full.shape[0] < 2)
        {
            throw new ArgumentException($"The noise of a mean needs at least two models; got {oracles.shape[0]} oracles and {full.shape[0]} full models.", nameof(oracles));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (oracleMean, oracleVariance) = Mean(oracles, loss);
        var (fullMean, fullVariance) = Mean(full, loss);
        return new TrueChange(oracleMean.sub(fullMean), oracleVariance.add(fullVariance, Held(1)), loss);
    }

    /// <summary>From pairs of models that share a seed, so that much of their noise is the same: the noise of a mean of differences.</summary>
    /// <param name="oracles">Logits of the models retrained without the forget set, [N, targets, classes], N at least 2.</param>
    /// <param name="full">Logits of the models of the same seeds trained on all rows, [N, targets, classes].</param>
    /// <param name="loss">The loss of the models. Default cross-entropy, whose logits are centred; squared error for values.</param>
    /// <exception cref="ArgumentException">The shapes differ, or there are fewer than two pairs.</exception>
    public static TrueChange FromPairs(Tensor oracles, Tensor full, TrainingLoss loss = TrainingLoss.CrossEntropy)
    {
        if (oracles.dim() != 3 || oracles.shape[0] < 2 || !oracles.shape.AsSpan().SequenceEqual(full.shape))
        {
            throw new ArgumentException($"Logits of paired models must both be [models, targets, classes] of at least two models; got [{string.Join(", ", oracles.shape)}] and [{string.Join(", ", full.shape)}].", nameof(oracles));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (mean, variance) = Mean(oracles.sub(full), loss);
        return new TrueChange(mean, variance, loss);
    }

    /// <summary>Puts the changes of several requests below each other.</summary>
    /// <param name="parts">True changes over the same classes or values, at least one.</param>
    /// <exception cref="ArgumentException">The losses differ.</exception>
    public static TrueChange Concatenate(IReadOnlyList<TrueChange> parts)
    {
        if (parts.Any(part => part.Loss != parts[0].Loss))
        {
            throw new ArgumentException("Changes of logits and changes of values cannot be graded together: the ones are centred, the others are not.", nameof(parts));
        }

        using var scope = NewDisposeScope();
        return new TrueChange(cat([.. parts.Select(part => part.Values)]), cat([.. parts.Select(part => part.Variance)]), parts[0].Loss);
    }

    /// <summary>From a change that is known exactly, as for convex problems.</summary>
    /// <param name="values">[targets, classes].</param>
    /// <param name="loss">The loss of the models. Default cross-entropy, whose logits are centred; squared error for values.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static TrueChange Exact(Tensor values, TrainingLoss loss = TrainingLoss.CrossEntropy)
    {
        if (values.dim() != 2)
        {
            throw new ArgumentException($"A true change has the axes [targets, classes], not [{string.Join(", ", values.shape)}].", nameof(values));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var comparable = TargetError.Comparable(values, loss);
        return new TrueChange(comparable, zeros_like(comparable), loss);
    }

    /// <summary>The change of some targets.</summary>
    /// <param name="targets">Positions of the targets.</param>
    public TrueChange Select(IReadOnlyList<int> targets)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = tensor(targets.Select(target => (long)target).ToArray());
        return new TrueChange(Values.index_select(0, index), Variance.index_select(0, index), Loss);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Variance.Dispose();
    }

    private static (Tensor Mean, Tensor Variance) Mean(Tensor outputs, TrainingLoss loss)
    {
        var comparable = TargetError.Comparable(outputs, loss);
        var mean = comparable.mean([0]);
        long models = outputs.shape[0];
        return (mean, comparable.sub(mean).pow(Held(2)).sum([0]).div(Held((models - 1.0) * models)));
    }
}
