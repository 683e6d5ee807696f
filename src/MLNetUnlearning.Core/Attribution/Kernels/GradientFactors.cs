using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Kernels;

/// <summary>Gradients of some outputs of some rows with respect to one layer's parameters, in a form that may never lay them out.</summary>
internal abstract record GradientFactors
{
    /// <summary>Number of parameters of the layer.</summary>
    public abstract long Size { get; }

    /// <summary>Gradients of linear combinations of each row's outputs.</summary>
    /// <param name="combinations">[rows, combinations, outputs].</param>
    public abstract GradientFactors Mix(Tensor combinations);

    /// <summary>Inner products of all gradients with all of another set: [rows x outputs, rows' x outputs'].</summary>
    public abstract Tensor Inner(GradientFactors other);

    /// <summary>The gradients themselves, [rows x outputs, <see cref="Size"/>].</summary>
    public abstract Tensor Materialize();

    /// <summary>A weighted sum of the gradients, [<see cref="Size"/>].</summary>
    /// <param name="weights">[rows, outputs].</param>
    public abstract Tensor Sum(Tensor weights);

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public abstract GradientFactors MoveToOuterDisposeScope();
}
