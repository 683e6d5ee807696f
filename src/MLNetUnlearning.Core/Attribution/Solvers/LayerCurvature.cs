using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// Curvature of one layer in its Kronecker eigenbasis (EK-FAC, George et al. 2018, arXiv 1806.03884): with A and G the second moments of inputs and output gradients, and Q their
/// eigenvectors, the second moment of Q_Gᵀ(d aᵀ)Q_A is taken as diagonal. Bias counts as one more input.
/// </summary>
internal sealed class LayerCurvature : IDisposable
{
    private readonly Tensor outputBasis;
    private readonly Tensor inputBasis;
    private readonly Tensor values;

    /// <param name="inputs">[rows, positions, inputs], a one appended if the layer has a bias.</param>
    /// <param name="gradients">Output gradients [rows, positions, outputs].</param>
    /// <param name="rowCount">Rows that the curvature stands for.</param>
    public LayerCurvature(Tensor inputs, Tensor gradients, int rowCount)
    {
        using var scope = NewDisposeScope();
        outputBasis = Basis(gradients);
        inputBasis = Basis(inputs);
        var rotated = gradients.matmul(outputBasis).transpose(1, 2).bmm(inputs.matmul(inputBasis));
        values = rotated.square().mean([0]).mul(rowCount).DetachFromDisposeScope();
        outputBasis.DetachFromDisposeScope();
        inputBasis.DetachFromDisposeScope();
    }

    /// <summary>Multiplies by the inverse of the curvature plus a ridge.</summary>
    /// <param name="gradient">[outputs, inputs].</param>
    /// <param name="ridge">Added to every eigenvalue.</param>
    public Tensor Solve(Tensor gradient, double ridge)
    {
        using var scope = NewDisposeScope();
        var rotated = outputBasis.t().mm(gradient).mm(inputBasis).div(values.add(ridge));
        return outputBasis.mm(rotated).mm(inputBasis.t()).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        outputBasis.Dispose();
        inputBasis.Dispose();
        values.Dispose();
    }

    private static Tensor Basis(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var flat = vectors.flatten(0, 1);
        return linalg.eigh(flat.t().mm(flat).div(flat.shape[0])).Item2.MoveToOuterDisposeScope();
    }
}
