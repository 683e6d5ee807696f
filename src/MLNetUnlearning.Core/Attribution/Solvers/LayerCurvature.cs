using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// Curvature of one layer in its Kronecker eigenbasis (EK-FAC, George et al. 2018, arXiv 1806.03884): with A and G the second moments of inputs and output gradients, and Q their
/// eigenvectors, the second moment of Q_Gᵀ(d aᵀ)Q_A is taken as diagonal. Bias counts as one more input. Of many inputs only the strongest directions are told apart: all eigenvectors of a
/// layer of 784 inputs would cost more than the solve that they are meant to speed up.
/// </summary>
internal sealed class LayerCurvature : IDisposable
{
    private const long MaxElements = 2_000_000;

    /// <summary>Most inputs of which all directions are told apart.</summary>
    private const long WholeInputs = 192;

    /// <summary>Directions that are told apart where there are more inputs.</summary>
    private const long LeadingDirections = 64;

    private readonly Tensor outputBasis;
    private readonly Tensor inputBasis;

    /// <summary>[outputs, directions], and where the inputs have more directions than that, one column more: the mean over all others.</summary>
    private readonly Tensor values;

    /// <param name="inputs">[rows, positions, inputs], a one appended if the layer has a bias.</param>
    /// <param name="gradients">Output gradients [rows, positions, outputs].</param>
    /// <param name="rowCount">Rows that the curvature stands for.</param>
    /// <param name="maxElements">Most elements of the rows' gradients in memory at once, though never less than one row's.</param>
    public LayerCurvature(Tensor inputs, Tensor gradients, int rowCount, long maxElements = MaxElements)
    {
        using var scope = NewDisposeScope();
        outputBasis = Eigenvectors(gradients.flatten(0, 1));
        bool whole = IsWhole(inputs.shape[2]);
        inputBasis = whole ? Eigenvectors(inputs.flatten(0, 1)) : LeadingEigenvectors(inputs.flatten(0, 1));
        var left = gradients.matmul(outputBasis);
        var moments = SquaredSum(left, inputs.matmul(inputBasis), maxElements);
        if (!whole)
        {
            // What is in no leading direction: the rest of each output's second moment, spread evenly.
            long others = inputs.shape[2] - inputBasis.shape[1];
            moments = cat([moments, SquaredTotal(left, inputs, maxElements).sub(moments.sum([1])).clamp_min(Held(0)).div(Held(others)).unsqueeze(1)], 1);
        }

        values = moments.mul(Held(rowCount / (double)inputs.shape[0])).DetachFromDisposeScope();
        outputBasis.DetachFromDisposeScope();
        inputBasis.DetachFromDisposeScope();
    }

    /// <summary>A curvature that was computed before.</summary>
    /// <param name="outputBasis">[outputs, outputs]; taken over.</param>
    /// <param name="inputBasis">[inputs, directions]; taken over.</param>
    /// <param name="values">[outputs, directions], and one column more for all others where there are some; taken over.</param>
    public LayerCurvature(Tensor outputBasis, Tensor inputBasis, Tensor values) => (this.outputBasis, this.inputBasis, this.values) = (outputBasis, inputBasis, values);

    /// <summary>Bases and eigenvalues; they belong to this object.</summary>
    public IReadOnlyList<Tensor> State => [outputBasis, inputBasis, values];

    /// <summary>Shapes of <see cref="State"/>.</summary>
    public static IReadOnlyList<TensorShape> Shapes(long outputs, long inputs)
    {
        long directions = IsWhole(inputs) ? inputs : LeadingDirections;
        return [TensorShape.Single(outputs, outputs), TensorShape.Single(inputs, directions), TensorShape.Single(outputs, IsWhole(inputs) ? directions : directions + 1)];
    }

    /// <summary>Multiplies by the inverse of the curvature plus a ridge.</summary>
    /// <param name="gradient">[outputs, inputs].</param>
    /// <param name="ridge">Added to every eigenvalue.</param>
    public Tensor Solve(Tensor gradient, double ridge)
    {
        using var scope = NewDisposeScope();
        var outward = outputBasis.t().mm(gradient);
        var along = outward.mm(inputBasis);
        if (IsWhole(gradient.shape[1]))
        {
            return outputBasis.mm(along.div(values.add(Held(ridge), Held(1)))).mm(inputBasis.t()).MoveToOuterDisposeScope();
        }

        // Everything by the mean of the other directions, and then the leading ones corrected.
        var inverse = values.add(Held(ridge), Held(1)).reciprocal();
        var others = inverse.slice(1, LeadingDirections, LeadingDirections + 1, 1);
        var corrected = along.mul(inverse.slice(1, 0, LeadingDirections, 1).sub(others)).mm(inputBasis.t());
        return outputBasis.mm(corrected.add_(outward.mul(others), Held(1))).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        outputBasis.Dispose();
        inputBasis.Dispose();
        values.Dispose();
    }

    private static bool IsWhole(long inputs) => inputs <= WholeInputs;

    /// <summary>Sum over rows of the squares of leftᵀ right, [outputs, inputs].</summary>
    private static Tensor SquaredSum(Tensor left, Tensor right, long maxElements)
    {
        if (left.shape[1] == 1)
        {
            // With one position the square of a product is the product of squares, and no row's gradient is needed.
            return left.select(1, 0).pow(Held(2)).t().mm(right.select(1, 0).pow(Held(2)));
        }

        return ByRow(left, right, maxElements, product => product.sum([0]));
    }

    /// <summary>The same, summed over the inputs: [outputs].</summary>
    private static Tensor SquaredTotal(Tensor left, Tensor right, long maxElements) =>
        left.shape[1] == 1 ? left.select(1, 0).pow(Held(2)).t().mv(right.select(1, 0).pow(Held(2)).sum([1])) : ByRow(left, right, maxElements, product => product.sum([0, 2]));

    private static Tensor ByRow(Tensor left, Tensor right, long maxElements, Func<Tensor, Tensor> sum)
    {
        long rows = left.shape[0], outputs = left.shape[2], inputs = right.shape[2], piece = Math.Max(1, maxElements / (outputs * inputs));
        Tensor? total = null;
        for (long start = 0; start < rows; start += piece)
        {
            using var scope = NewDisposeScope();
            long end = Math.Min(start + piece, rows);
            var product = left.slice(0, start, end, 1).transpose(1, 2).bmm(right.slice(0, start, end, 1));
            var part = sum(product.mul_(product));
            total = total is null ? part.MoveToOuterDisposeScope() : total.add_(part, Held(1));
        }

        return total!;
    }

    private static Tensor Eigenvectors(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        // Row by row in memory, as it is after it was stored and read: products round by the layout of what they multiply.
        return linalg.eigh(vectors.t().mm(vectors).div(Held(vectors.shape[0]))).Item2.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The strongest eigenvectors by subspace iteration from a random start (Halko, Martinsson and Tropp 2011, algorithm 4.4), the second moment never formed.</summary>
    private static Tensor LeadingEigenvectors(Tensor vectors)
    {
        const int iterations = 2, spare = 8;
        using var scope = NewDisposeScope();
        using var generator = new Generator(StableRandom.Projection);
        var basis = Draws.Normal([vectors.shape[1], LeadingDirections + spare], generator);
        for (int i = 0; i < iterations; i++)
        {
            basis = linalg.qr(vectors.t().mm(vectors.mm(basis))).Q;
        }

        var inside = vectors.mm(basis);
        // Ascending eigenvalues: the last are the strongest.
        return basis.mm(linalg.eigh(inside.t().mm(inside)).Item2.slice(1, spare, LeadingDirections + spare, 1)).contiguous().MoveToOuterDisposeScope();
    }
}
