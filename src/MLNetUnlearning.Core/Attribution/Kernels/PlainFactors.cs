using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Kernels;

/// <summary>Convolution or batch normalisation: shared weights make the gradient itself smaller than its factors, so it is laid out.</summary>
/// <param name="Gradients">[rows, outputs, parameters].</param>
internal sealed record PlainFactors(Tensor Gradients) : GradientFactors
{
    public override long Size => Gradients.shape[2];

    public override GradientFactors Mix(Tensor combinations) => new PlainFactors(combinations.bmm(Gradients));

    public override Tensor Inner(GradientFactors other) => Materialize().mm(other.Materialize().t());

    public override Tensor Materialize() => Gradients.flatten(0, 1);

    public override Tensor Sum(Tensor weights) => weights.flatten().matmul(Materialize());

    public override GradientFactors MoveToOuterDisposeScope() => new PlainFactors(Gradients.MoveToOuterDisposeScope());
}
