using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Scale and shift of batch normalisation in evaluation mode: per plane, the sum over pixels of the output gradient times the normalised input, and of the
/// output gradient. There are only two numbers a plane, so one projection of the whole vector is enough.
/// </summary>
internal sealed class BatchNorm2dProjection : LayerProjection
{
    private readonly BatchNorm2dOperation layer;
    private readonly Tensor projection;

    public BatchNorm2dProjection(BatchNorm2dOperation layer, int size, ulong seed)
    {
        this.layer = layer;
        projection = RandomProjection(2 * layer.Channels, checked(size * size), StableRandom.Mix(seed, 0));
    }

    public override IReadOnlyList<Tensor> Matrices => [projection];

    public override int Size => (int)projection.shape[0];

    public override Tensor ProjectInput(Tensor input, ReadOnlySpan<Tensor> parameters) => Normalize(layer, input, parameters).flatten(2);

    public override Tensor ProjectGradient(Tensor projectedInput, Tensor outputGradient)
    {
        var gradient = outputGradient.flatten(3);
        return cat([gradient.mul(projectedInput).sum(3), gradient.sum(3)], 2).matmul(projection.t());
    }

    public override void Dispose() => projection.Dispose();

    public override Tensor[] Lift(Tensor direction)
    {
        var full = direction.matmul(projection);
        return [full.slice(0, 0, layer.Channels, 1), full.slice(0, layer.Channels, 2 * layer.Channels, 1)];
    }

    /// <summary>The input, normalised by the running statistics.</summary>
    internal static Tensor Normalize(BatchNorm2dOperation layer, Tensor input, ReadOnlySpan<Tensor> parameters) =>
        nn.functional.batch_norm(input, parameters[2], parameters[3], null, null, training: false, layer.Momentum, layer.Epsilon);
}
