using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>Affine layer: G = d [a, 1]ᵀ, the bias counted as one more input.</summary>
internal sealed class LinearProjection : LayerProjection
{
    private readonly LinearOperation layer;
    private readonly Tensor output;
    private readonly Tensor input;
    private readonly bool outputIsWhole;

    public LinearProjection(LinearOperation layer, int size, ulong seed)
    {
        this.layer = layer;
        output = RandomProjection(layer.Outputs, size, StableRandom.Mix(seed, 0));
        outputIsWhole = size >= layer.Outputs;
        input = RandomProjection(layer.Inputs + (layer.HasBias ? 1 : 0), size, StableRandom.Mix(seed, 1));
    }

    public override IReadOnlyList<Tensor> Matrices => [output, input];

    public override int Size => checked((int)(output.shape[0] * input.shape[0]));

    public override Tensor ProjectInput(Tensor input, ReadOnlySpan<Tensor> parameters)
    {
        var weights = this.input.slice(1, 0, layer.Inputs, 1);
        return nn.functional.linear(input, weights, layer.HasBias ? this.input.select(1, layer.Inputs) : null);
    }

    public override Tensor ProjectGradient(Tensor projectedInput, Tensor outputGradient) =>
        ProjectClasses(projectedInput, outputGradient).unsqueeze(3).mul(projectedInput.unsqueeze(1)).flatten(2);

    public override int ClassSize => (int)output.shape[0];

    public override int SharedSize => (int)input.shape[0];

    public override Tensor ProjectClasses(Tensor projectedInput, Tensor outputGradient) => outputIsWhole ? outputGradient : outputGradient.matmul(output.t());

    public override Tensor Join(Tensor classes, Tensor shared) => classes.unsqueeze(3).mul(shared.unsqueeze(1).unsqueeze(2)).flatten(2);

    public override Tensor ClassDirection(Tensor shared, Tensor direction) => shared.matmul(direction.view(ClassSize, SharedSize).t());

    public override void Dispose()
    {
        output.Dispose();
        input.Dispose();
    }

    public override Tensor[] Lift(Tensor direction)
    {
        var full = output.t().matmul(direction.view(output.shape[0], input.shape[0])).matmul(input);
        return layer.HasBias ? [full.slice(1, 0, layer.Inputs, 1), full.select(1, layer.Inputs)] : [full];
    }
}
