using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// Least squares weights of candidate predictions, fitted on what the bank's deletions really did, with more weight on deletions shaped like the one at hand. Targets that
/// leave and targets that stay get weights of their own.
/// </summary>
internal sealed class Fusion : IDisposable
{
    private const double Ridge = 1e-2;

    /// <summary>Deletions that did less than this share of the mean count no more than one that did this much: what they show is noise.</summary>
    private const double SmallestShare = 0.01;

    private readonly Tensor[] products = new Tensor[2];
    private readonly Tensor[] moments = new Tensor[2];
    private readonly Tensor[] signals = new Tensor[2];
    private readonly Tensor relative;

    /// <param name="candidates">Predictions for the deletions, [deletions, targets, classes] each, centred over classes.</param>
    /// <param name="truth">What the deletions did, [deletions, targets, classes], centred.</param>
    /// <param name="inside">[deletions, targets], 1 where the deletion took the target.</param>
    /// <param name="noise">Sum over classes of the variance of the truth, [deletions, targets].</param>
    public Fusion(IReadOnlyList<Tensor> candidates, Tensor truth, Tensor inside, Tensor noise)
    {
        using var scope = NewDisposeScope();
        // Each deletion counts alike: by their squares alone, the few largest would decide what is said of small requests.
        var squares = truth.pow(Held(2)).sum([1, 2]).to_type(ScalarType.Float64);
        relative = squares.clamp_min(Held(SmallestShare * squares.mean().item<double>())).reciprocal().DetachFromDisposeScope();
        for (int side = 0; side < 2; side++)
        {
            var mask = Side(inside, side);
            long count = truth.shape[0];
            var square = zeros(count, candidates.Count, candidates.Count, ScalarType.Float64);
            var moment = zeros(count, candidates.Count, ScalarType.Float64);
            var masked = truth.mul(mask.unsqueeze(2));
            for (int i = 0; i < candidates.Count; i++)
            {
                var own = candidates[i].mul(mask.unsqueeze(2));
                moment.select(1, i).copy_(own.mul(truth).sum([1, 2]));
                for (int j = 0; j <= i; j++)
                {
                    var product = own.mul(candidates[j]).sum([1, 2]);
                    square.select(2, i).select(1, j).copy_(product);
                    square.select(2, j).select(1, i).copy_(product);
                }
            }

            products[side] = square.DetachFromDisposeScope();
            moments[side] = moment.DetachFromDisposeScope();
            signals[side] = masked.pow(Held(2)).sum([1, 2]).sub(mask.mul(noise).sum([1])).to_type(ScalarType.Float64).DetachFromDisposeScope();
        }
    }

    private Fusion(Tensor[] state)
    {
        for (int side = 0; side < 2; side++)
        {
            (products[side], moments[side], signals[side]) = (state[3 * side], state[(3 * side) + 1], state[(3 * side) + 2]);
        }

        relative = state[6];
    }

    /// <summary>Types and shapes of its tensors.</summary>
    /// <param name="deletions">Number of deletions.</param>
    /// <param name="candidates">Number of candidates.</param>
    public static IReadOnlyList<TensorShape> Shapes(long deletions, long candidates)
    {
        TensorShape[] side = [TensorShape.Double(deletions, candidates, candidates), TensorShape.Double(deletions, candidates), TensorShape.Double(deletions)];
        return [.. side, .. side, TensorShape.Double(deletions)];
    }

    /// <summary>The fusion whose tensors were stored; takes them over.</summary>
    public static Fusion Restore(Tensor[] state) => new(state);

    /// <summary>Its tensors; they belong to this object.</summary>
    public IReadOnlyList<Tensor> State() => [products[0], moments[0], signals[0], products[1], moments[1], signals[1], relative];

    /// <summary>Weights of the candidates on targets that leave (side 0) or stay (side 1), [candidates], float64.</summary>
    /// <param name="side">0 for targets that leave, 1 for those that stay.</param>
    /// <param name="shape">How much each deletion counts, [deletions].</param>
    public Tensor Weights(int side, Tensor shape)
    {
        using var scope = NewDisposeScope();
        int count = (int)moments[side].shape[1];
        shape = shape.mul(relative);
        var square = shape.unsqueeze(0).mm(products[side].flatten(1)).view(count, count);
        var moment = shape.unsqueeze(0).mm(moments[side]).squeeze(0);
        square.diagonal().add_(square.diagonal().mean().mul(Held(Ridge)).add(Held(1e-30), Held(1)), Held(1));
        return linalg.solve(square, moment).MoveToOuterDisposeScope();
    }

    /// <summary>Squared error that weights leave on a deletion, and its signal: both without the noise of a single member's outputs.</summary>
    public (double Error, double Signal) Grade(int side, int deletion, Tensor weights)
    {
        using var scope = NewDisposeScope();
        double signal = signals[side][deletion].item<double>();
        double explained = weights.dot(moments[side][deletion]).mul(Held(2)).sub(weights.dot(products[side][deletion].mv(weights))).item<double>();
        return (signal - explained, signal);
    }

    /// <summary>Weights of the candidates on targets that leave and on targets that stay.</summary>
    /// <param name="shape">How much each deletion counts, [deletions].</param>
    public FusionWeights Weights(Tensor shape)
    {
        using var scope = NewDisposeScope();
        return new([.. Weights(0, shape).ToHost<double>()], [.. Weights(1, shape).ToHost<double>()]);
    }

    public void Dispose()
    {
        foreach (var tensor in products.Concat(moments).Concat(signals).Append(relative))
        {
            tensor.Dispose();
        }
    }

    private static Tensor Side(Tensor inside, int side) => side == 0 ? inside : inside.mul(Held(-1)).add(Held(1), Held(1));
}
