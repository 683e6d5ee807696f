using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// The factor on the process's variances that makes 90 % intervals hold 90 % of what left-out deletions really did, with more weight on deletions shaped like the one at hand. Found
/// by counting, because errors are not normal.
/// </summary>
internal sealed class IntervalScale : IDisposable
{
    private const double Level = 0.9, Ninety = 1.6449, Smallest = 1e-3, Largest = 1e3;
    private const int Bisections = 24, MaxTargets = 300;

    private readonly Tensor squares;
    private readonly Tensor variances;
    private readonly Tensor noise;
    private readonly Tensor inside;

    /// <param name="errors">Left-out errors, [deletions, targets, classes].</param>
    /// <param name="amplitude">Scale of the variances, [targets, classes].</param>
    /// <param name="variances">Variance of each deletion's effect given the others, in units of the amplitude, [deletions].</param>
    /// <param name="noise">Variance of the errors over seeds, [deletions, targets, classes].</param>
    /// <param name="inside">[deletions, targets], 1 where the deletion took the target.</param>
    public IntervalScale(Tensor errors, Tensor amplitude, Tensor variances, Tensor noise, Tensor inside)
    {
        using var scope = NewDisposeScope();
        long step = Step(errors.shape[1]);
        Tensor Thin(Tensor values, int axis) => values.slice(axis, 0, values.shape[axis], step);
        squares = Thin(errors, 1).pow(Held(2)).contiguous().DetachFromDisposeScope();
        this.variances = Thin(amplitude, 0).unsqueeze(0).mul(variances.view(-1, 1, 1)).DetachFromDisposeScope();
        this.noise = Thin(noise, 1).clone().DetachFromDisposeScope();
        this.inside = Thin(inside, 1).clone().DetachFromDisposeScope();
    }

    private IntervalScale(Tensor[] state) => (squares, variances, noise, inside) = (state[0], state[1], state[2], state[3]);

    /// <summary>Types and shapes of its tensors.</summary>
    /// <param name="deletions">Number of deletions.</param>
    /// <param name="targets">Number of rows that errors were given for.</param>
    /// <param name="classes">Number of classes.</param>
    public static IReadOnlyList<TensorShape> Shapes(long deletions, long targets, long classes)
    {
        long kept = (targets + Step(targets) - 1) / Step(targets);
        var each = TensorShape.Single(deletions, kept, classes);
        return [each, each, each, TensorShape.Single(deletions, kept)];
    }

    /// <summary>The scale whose tensors were stored; takes them over.</summary>
    public static IntervalScale Restore(Tensor[] state) => new(state);

    /// <summary>Its tensors; they belong to this object.</summary>
    public IReadOnlyList<Tensor> State() => [squares, variances, noise, inside];

    /// <summary>The factor.</summary>
    /// <param name="side">0 for targets that leave, 1 for those that stay.</param>
    /// <param name="shape">How much each deletion counts, [deletions], float64.</param>
    public double For(int side, Tensor shape)
    {
        using var scope = NewDisposeScope();
        var mask = side == 0 ? inside : inside.mul(Held(-1)).add(Held(1), Held(1));
        var weights = mask.mul(shape.to_type(ScalarType.Float32).unsqueeze(1));
        weights = weights.div(weights.sum().mul(Held(squares.shape[2])));
        double low = Math.Log(Smallest), high = Math.Log(Largest);
        for (int i = 0; i < Bisections; i++)
        {
            using var inner = NewDisposeScope();
            double middle = (low + high) / 2;
            var limit = variances.mul(Held(Math.Exp(middle))).add(noise, Held(1)).mul(Held(Ninety * Ninety));
            double covered = squares.le(limit).to_type(ScalarType.Float32).sum([2]).mul(weights).sum().item<float>();
            (low, high) = covered < Level ? (middle, high) : (low, middle);
        }

        return Math.Exp((low + high) / 2);
    }

    public void Dispose()
    {
        squares.Dispose();
        variances.Dispose();
        noise.Dispose();
        inside.Dispose();
    }

    private static long Step(long targets) => Math.Max(1, targets / MaxTargets);
}
