using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Kernels;

/// <summary>Affine layer: each gradient is d aᵀ, so that an inner product is (a·a')(d·d'), the "ghost" product.</summary>
/// <param name="Inputs">Inputs of the layer, a one appended for the bias, [rows, inputs].</param>
/// <param name="OutputGradients">Gradients with respect to the layer's output, [rows, outputs, units].</param>
internal sealed record LinearFactors(Tensor Inputs, Tensor OutputGradients) : GradientFactors
{
    public override long Size => Inputs.shape[1] * OutputGradients.shape[2];

    public override GradientFactors Mix(Tensor combinations) => this with { OutputGradients = combinations.bmm(OutputGradients) };

    public override Tensor Inner(GradientFactors other)
    {
        var (inputs, gradients) = (LinearFactors)other;
        long rows = Inputs.shape[0], outputs = OutputGradients.shape[1], otherRows = inputs.shape[0], otherOutputs = gradients.shape[1];
        var product = OutputGradients.flatten(0, 1).mm(gradients.flatten(0, 1).t());
        product.view(rows, outputs, otherRows, otherOutputs).mul_(Inputs.mm(inputs.t()).view(rows, 1, otherRows, 1));
        return product;
    }

    public override Tensor Materialize() => OutputGradients.unsqueeze(3).mul(Inputs.view(Inputs.shape[0], 1, 1, -1)).flatten(2).flatten(0, 1);

    public override Tensor Sum(Tensor weights) => weights.unsqueeze(1).bmm(OutputGradients).squeeze(1).t().mm(Inputs).flatten();

    public override GradientFactors MoveToOuterDisposeScope() => new LinearFactors(Inputs.MoveToOuterDisposeScope(), OutputGradients.MoveToOuterDisposeScope());
}
