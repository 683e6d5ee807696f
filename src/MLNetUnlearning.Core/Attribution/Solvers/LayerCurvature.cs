using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// Curvature of one layer in its Kronecker eigenbasis (EK-FAC, George et al. 2018, arXiv 1806.03884): with A and G the second moments of inputs and output gradients, and Q their
/// eigenvectors, the second moment of Q_Gᵀ(d aᵀ)Q_A is taken as diagonal. Bias counts as one more input.
/// </summary>
internal sealed class LayerCurvature : IDisposable
{
    private const long MaxElements = 2_000_000;

    private readonly Tensor outputBasis;
    private readonly Tensor inputBasis;
    private readonly Tensor values;

    /// <param name="inputs">[rows, positions, inputs], a one appended if the layer has a bias.</param>
    /// <param name="gradients">Output gradients [rows, positions, outputs].</param>
    /// <param name="rowCount">Rows that the curvature stands for.</param>
    /// <param name="maxElements">Most elements of the rows' gradients in memory at once, though never less than one row's.</param>
    public LayerCurvature(Tensor inputs, Tensor gradients, int rowCount, long maxElements = MaxElements)
    {
        using var scope = NewDisposeScope();
        outputBasis = Basis(gradients);
        inputBasis = Basis(inputs);
        Tensor left = gradients.matmul(outputBasis), right = inputs.matmul(inputBasis);
        values = SquaredSum(left, right, maxElements).mul(rowCount / (double)inputs.shape[0]).DetachFromDisposeScope();
        outputBasis.DetachFromDisposeScope();
        inputBasis.DetachFromDisposeScope();
    }

    /// <summary>A curvature that was computed before.</summary>
    /// <param name="outputBasis">[outputs, outputs]; taken over.</param>
    /// <param name="inputBasis">[inputs, inputs]; taken over.</param>
    /// <param name="values">[outputs, inputs]; taken over.</param>
    public LayerCurvature(Tensor outputBasis, Tensor inputBasis, Tensor values) => (this.outputBasis, this.inputBasis, this.values) = (outputBasis, inputBasis, values);

    /// <summary>Bases and eigenvalues; they belong to this object.</summary>
    public IReadOnlyList<Tensor> State => [outputBasis, inputBasis, values];

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

    /// <summary>Sum over rows of the squares of leftᵀ right, [outputs, inputs].</summary>
    private static Tensor SquaredSum(Tensor left, Tensor right, long maxElements)
    {
        if (left.shape[1] == 1)
        {
            // With one position the square of a product is the product of squares, and no row's gradient is needed.
            return left.select(1, 0).square().t().mm(right.select(1, 0).square());
        }

        long rows = left.shape[0], outputs = left.shape[2], inputs = right.shape[2], piece = Math.Max(1, maxElements / (outputs * inputs));
        var total = zeros(outputs, inputs);
        for (long start = 0; start < rows; start += piece)
        {
            using var scope = NewDisposeScope();
            long end = Math.Min(start + piece, rows);
            var product = left.slice(0, start, end, 1).transpose(1, 2).bmm(right.slice(0, start, end, 1));
            total.add_(product.mul_(product).sum([0]));
        }

        return total;
    }

    private static Tensor Basis(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var flat = vectors.flatten(0, 1);
        // Row by row in memory, as it is after it was stored and read: products round by the layout of what they multiply.
        return linalg.eigh(flat.t().mm(flat).div(flat.shape[0])).Item2.contiguous().MoveToOuterDisposeScope();
    }
}
