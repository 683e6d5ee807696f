using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>
/// What retraining really does to logits: the mean over models retrained without the forget set, minus the mean over models trained on all rows, with its
/// sampling noise. Each model's logits are centred over classes first, because a shift common to all classes changes no probability.
/// </summary>
public sealed class TrueChange : IDisposable
{
    private TrueChange(Tensor values, Tensor variance)
    {
        Values = values.DetachFromDisposeScope();
        Variance = variance.DetachFromDisposeScope();
    }

    /// <summary>Mean change of every logit, centred over classes, [targets, classes], float64.</summary>
    public Tensor Values { get; }

    /// <summary>Variance of each entry of <see cref="Values"/>, its squared standard error, [targets, classes], float64; zero if the truth is taken as exact.</summary>
    public Tensor Variance { get; }

    /// <summary>Number of targets.</summary>
    public int Count => (int)Values.shape[0];

    /// <summary>From the logits of single models: the noise of a difference of means, s²/N + s²/M.</summary>
    /// <param name="oracles">Logits of the models retrained without the forget set, [N, targets, classes], N at least 2.</param>
    /// <param name="full">Logits of models trained on all rows, with seeds of their own, [M, targets, classes], M at least 2.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or there are fewer than two models of a kind.</exception>
    public static TrueChange FromModels(Tensor oracles, Tensor full)
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
        var (oracleMean, oracleVariance) = Mean(oracles);
        var (fullMean, fullVariance) = Mean(full);
        return new TrueChange(oracleMean.sub(fullMean), oracleVariance.add(fullVariance));
    }

    /// <summary>From pairs of models that share a seed, so that much of their noise is the same: the noise of a mean of differences.</summary>
    /// <param name="oracles">Logits of the models retrained without the forget set, [N, targets, classes], N at least 2.</param>
    /// <param name="full">Logits of the models of the same seeds trained on all rows, [N, targets, classes].</param>
    /// <exception cref="ArgumentException">The shapes differ, or there are fewer than two pairs.</exception>
    public static TrueChange FromPairs(Tensor oracles, Tensor full)
    {
        if (oracles.dim() != 3 || oracles.shape[0] < 2 || !oracles.shape.AsSpan().SequenceEqual(full.shape))
        {
            throw new ArgumentException($"Logits of paired models must both be [models, targets, classes] of at least two models; got [{string.Join(", ", oracles.shape)}] and [{string.Join(", ", full.shape)}].", nameof(oracles));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (mean, variance) = Mean(oracles.sub(full));
        return new TrueChange(mean, variance);
    }

    /// <summary>Puts the changes of several requests below each other.</summary>
    /// <param name="parts">True changes over the same classes.</param>
    public static TrueChange Concatenate(IReadOnlyList<TrueChange> parts)
    {
        using var scope = NewDisposeScope();
        return new TrueChange(cat([.. parts.Select(part => part.Values)]), cat([.. parts.Select(part => part.Variance)]));
    }

    /// <summary>From a change that is known exactly, as for convex problems.</summary>
    /// <param name="values">[targets, classes].</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static TrueChange Exact(Tensor values)
    {
        if (values.dim() != 2)
        {
            throw new ArgumentException($"A true change has the axes [targets, classes], not [{string.Join(", ", values.shape)}].", nameof(values));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var centred = TargetError.Centre(values);
        return new TrueChange(centred, zeros_like(centred));
    }

    /// <summary>The change of some targets.</summary>
    /// <param name="targets">Positions of the targets.</param>
    public TrueChange Select(IReadOnlyList<int> targets)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = tensor(targets.Select(target => (long)target).ToArray());
        return new TrueChange(Values.index_select(0, index), Variance.index_select(0, index));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Variance.Dispose();
    }

    private static (Tensor Mean, Tensor Variance) Mean(Tensor logits)
    {
        var centred = TargetError.Centre(logits);
        var mean = centred.mean([0]);
        long models = logits.shape[0];
        return (mean, centred.sub(mean).square().sum([0]).div((models - 1.0) * models));
    }
}
