using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>
/// Ridge regression with a free intercept in its dual form, because rows outnumber members: γ = Dᵀ(DDᵀ + λI)⁻¹(y - ȳ), D the centred masks. One eigendecomposition of DDᵀ serves
/// every λ and every output.
/// </summary>
internal sealed class RidgeRegression : IDatamodelRegression
{
    private readonly Tensor masks;
    private readonly Tensor vectors;
    private readonly Tensor values;
    private double[] ridges;

    private RidgeRegression(Tensor masks, IReadOnlyList<double> multiples)
    {
        this.masks = masks;
        var kernel = masks.mm(masks.t());
        (values, vectors) = linalg.eigh(kernel);
        // Row by row in memory, as it is after it was stored and read: products round by the layout of what they multiply.
        vectors = vectors.contiguous();
        double unit = kernel.diagonal().mean().item<double>();
        ridges = [.. multiples.Select(multiple => multiple * unit)];
    }

    private RidgeRegression(Tensor masks, Tensor vectors, Tensor values, double[] ridges) => (this.masks, this.vectors, this.values, this.ridges) = (masks, vectors, values, ridges);

    /// <summary>The ridges to choose from; a single one if it is shared by all targets.</summary>
    public IReadOnlyList<double> Ridges => ridges;

    /// <param name="masks">Which member lacks which row.</param>
    /// <param name="options">Ridges to choose from, and whether all targets share one.</param>
    /// <param name="sample">Computes outputs [members, outputs] on which a shared ridge is chosen.</param>
    public static RidgeRegression Fit(MemberMasks masks, RegressionDatamodelsOptions options, Func<Tensor> sample)
    {
        using var scope = NewDisposeScope();
        var result = new RidgeRegression(Centred(masks), options.Ridges);
        if (!options.RidgePerTarget)
        {
            var outputs = sample();
            result.ridges = [result.ridges[result.Choose(result.Centre(outputs), (int)outputs.shape[1])[0]]];
        }

        result.masks.DetachFromDisposeScope();
        result.vectors.DetachFromDisposeScope();
        result.values.DetachFromDisposeScope();
        return result;
    }

    /// <summary>Types and shapes of the tensors that are stored.</summary>
    public static IReadOnlyList<TensorShape> Shapes(int members, RegressionDatamodelsOptions options) =>
        [TensorShape.Double(members, members), TensorShape.Double(members), TensorShape.Double(options.RidgePerTarget ? options.Ridges.Count : 1)];

    /// <summary>The regression whose tensors were stored; takes them over.</summary>
    public static RidgeRegression Restore(MemberMasks masks, Tensor[] state)
    {
        using var scope = NewDisposeScope();
        double[] ridges = [.. state[2].ToHost<double>()];
        state[2].Dispose();
        return new(Centred(masks).DetachFromDisposeScope(), state[0], state[1], ridges);
    }

    public IReadOnlyList<Tensor> State() => [vectors, values, tensor(ridges).clone()];

    public Tensor Coefficients(Tensor outputs, int outputsPerTarget, CancellationToken cancellationToken) => masks.t().mm(Dual(outputs, outputsPerTarget));

    public Tensor Sum(Tensor outputs, int outputsPerTarget, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        var index = tensor(rows.Select(row => (long)row).ToArray());
        return masks.index_select(1, index).sum([1]).matmul(Dual(outputs, outputsPerTarget));
    }

    public void Dispose()
    {
        masks.Dispose();
        vectors.Dispose();
        values.Dispose();
    }

    private static Tensor Centred(MemberMasks masks)
    {
        var matrix = masks.Matrix.to_type(ScalarType.Float64);
        return matrix.sub(matrix.mean([0]));
    }

    /// <summary>Outputs, centred over members, in the basis of the kernel's eigenvectors; [members, outputs].</summary>
    private Tensor Centre(Tensor outputs)
    {
        var exact = outputs.to_type(ScalarType.Float64);
        return vectors.t().mm(exact.sub(exact.mean([0])));
    }

    /// <summary>(DDᵀ + λI)⁻¹(y - ȳ), [members, outputs].</summary>
    private Tensor Dual(Tensor outputs, int outputsPerTarget)
    {
        var rotated = Centre(outputs);
        int[] chosen = Choose(rotated, outputsPerTarget);
        var ridge = tensor(chosen.SelectMany(choice => Enumerable.Repeat(ridges[choice], outputsPerTarget)).ToArray());
        return vectors.mm(rotated.div(values.unsqueeze(1).add(ridge, Held(1))));
    }

    /// <summary>
    /// The ridge with the smallest squared error over left-out members, for each group of outputs. With a free intercept the hat matrix is 11ᵀ/m + DDᵀ(DDᵀ + λI)⁻¹, so that the error on a
    /// member left out is r_j / (1 - h_jj) = λα_j / (λA_jj - 1/m), A = (DDᵀ + λI)⁻¹ and α = A(y - ȳ): no refitting.
    /// </summary>
    private int[] Choose(Tensor rotated, int outputsPerGroup)
    {
        if (ridges.Length == 1)
        {
            return new int[rotated.shape[1] / outputsPerGroup];
        }

        var squares = vectors.pow(Held(2));
        long members = values.shape[0];
        var errors = new Tensor[ridges.Length];
        for (int i = 0; i < ridges.Length; i++)
        {
            using var scope = NewDisposeScope();
            var inverse = values.add(Held(ridges[i]), Held(1)).reciprocal();
            var free = squares.mv(inverse).mul(Held(ridges[i])).sub(Held(1.0 / members));
            var leftOut = vectors.mm(rotated.mul(inverse.unsqueeze(1))).mul(Held(ridges[i])).div(free.unsqueeze(1));
            errors[i] = leftOut.pow(Held(2)).sum([0]).view(-1, outputsPerGroup).sum([1]).MoveToOuterDisposeScope();
        }

        return [.. stack(errors).argmin(0).ToHost<long>().Select(choice => (int)choice)];
    }
}
