using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Convolution: the gradient sums d aᵀ over pixels, a being the patch under the kernel. Projecting patches is itself a convolution with the
/// rows of P_in as filters, so the patches are never laid out.
/// </summary>
internal sealed class Conv2dProjection : LayerProjection
{
    private readonly Conv2dOperation layer;
    private readonly Tensor output;
    private readonly Tensor input;
    private readonly long patch;
    private readonly bool outputIsWhole;

    public Conv2dProjection(Conv2dOperation layer, int size, ulong seed)
    {
        this.layer = layer;
        patch = layer.InputChannels * layer.KernelSize * layer.KernelSize;
        output = RandomProjection(layer.OutputChannels, size, StableRandom.Mix(seed, 0));
        outputIsWhole = size >= layer.OutputChannels;
        input = RandomProjection(patch + (layer.HasBias ? 1 : 0), size, StableRandom.Mix(seed, 1));
    }

    public override IReadOnlyList<Tensor> Matrices => [output, input];

    public override int Size => checked((int)(output.shape[0] * input.shape[0]));

    public override Tensor ProjectInput(Tensor input, ReadOnlySpan<Tensor> parameters)
    {
        var filters = this.input.slice(1, 0, patch, 1).reshape(-1, layer.InputChannels, layer.KernelSize, layer.KernelSize);
        var bias = layer.HasBias ? this.input.select(1, patch) : null;
        return PixelsFirst(nn.functional.conv2d(input, filters, bias, [layer.Stride, layer.Stride], [layer.Padding, layer.Padding]));
    }

    public override Tensor ProjectGradient(Tensor projectedInput, Tensor outputGradient)
    {
        var gradient = PixelsFirst(outputGradient);
        // In this order the products run six times faster here than gradientᵀ · input.
        return projectedInput.transpose(1, 2).bmm(outputIsWhole ? gradient : gradient.matmul(output.t())).transpose(1, 2).flatten(1);
    }

    public override void Dispose()
    {
        output.Dispose();
        input.Dispose();
    }

    public override Tensor[] Lift(Tensor direction)
    {
        var full = output.t().matmul(direction.view(output.shape[0], input.shape[0])).matmul(input);
        var weight = full.slice(1, 0, patch, 1).reshape(layer.OutputChannels, layer.InputChannels, layer.KernelSize, layer.KernelSize);
        return layer.HasBias ? [weight, full.select(1, patch)] : [weight];
    }

    /// <summary>[batch, planes, height, width] as [batch, pixels, planes]: a view, because images are channels-last in memory.</summary>
    private static Tensor PixelsFirst(Tensor images) => images.permute(0, 2, 3, 1).flatten(1, 2);
}
