using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Exact deletion for ridge regression from XᵀX = QΛQᵀ and XᵀY, which serve every ridge and every group.</summary>
internal sealed class FittedRidgeLeverage : IStoredAttributor
{
    private readonly LeverageExactOptions options;
    private readonly int rowCount;
    private readonly Tensor products;
    private readonly Tensor values;
    private readonly Tensor vectors;

    private FittedRidgeLeverage(LeverageExactOptions options, int rowCount, Tensor products, Tensor values, Tensor vectors)
    {
        this.options = options;
        this.rowCount = rowCount;
        this.products = products.DetachFromDisposeScope();
        this.values = values.DetachFromDisposeScope();
        this.vectors = vectors.DetachFromDisposeScope();
    }

    public int RowCount => rowCount;

    IAttributorOptions IStoredAttributor.Options => options;

    public static FittedRidgeLeverage Fit(LeverageExactOptions options, LabeledRows rows, CancellationToken cancellationToken)
    {
        var (moments, products) = Sum(rows.Features, rows.Labels, rows.OutputCount, options.BatchSize, cancellationToken);
        var (eigenvalues, eigenvectors) = linalg.eigh(moments);
        // Rounding can leave an eigenvalue of a singular matrix a little below zero.
        return new FittedRidgeLeverage(options, rows.Count, products, eigenvalues.clamp_min(Held(0)), eigenvectors.contiguous());
    }

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(LeverageExactOptions options, ModelBank bank, long[] rowIds)
    {
        long size = bank.Graph.InputSize + 1;
        return new(
            [TensorShape.Double(size, bank.Graph.OutputSize), TensorShape.Double(size), TensorShape.Double(size, size)],
            state => new FittedRidgeLeverage(options, rowIds.Length, state[0], state[1], state[2]));
    }

    public IReadOnlyList<Tensor> State() => [products, values, vectors];

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, null, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        SolvedLinearDeletion.Of(() => WeightChange(rows, forgetRowIds), options.BatchSize, progress);

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        LeverageRows.Forgotten(rows, forgetRowIds, rowCount);
        // Summed anew: subtracting would leave rounding that depends on the rows that left.
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        return new LeverageExact(options).Fit(left, null, CancellationToken.None);
    }

    public void Dispose()
    {
        products.Dispose();
        values.Dispose();
        vectors.Dispose();
    }

    /// <summary>Change of the optimum, weights above the bias, [features + 1, outputs], float64; it belongs to the current dispose scope.</summary>
    /// <param name="rows">The rows that it was fitted on.</param>
    /// <param name="forgetRowIds">Ids of the rows that leave.</param>
    public Tensor WeightChange(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        var (features, labels) = LeverageRows.Forgotten(rows, forgetRowIds, rowCount);
        double before = options.WeightDecay * rowCount, after = options.KeepRidge ? before : options.WeightDecay * (rowCount - forgetRowIds.Count);
        // Everything in the basis of the eigenvectors, where (XᵀX + λI)⁻¹ is a division.
        var right = vectors.t().mm(products);
        var scale = values.add(Held(after), Held(1)).unsqueeze(1);
        var theta = right.div(scale);
        var change = theta.sub(right.div(values.add(Held(before), Held(1)).unsqueeze(1)));
        if (features.shape[0] > 0)
        {
            change = change.sub(Deletion(LeverageRows.Inputs(features).mm(vectors), LeverageRows.Targets(labels, rows.OutputCount), theta, scale));
        }

        return vectors.mm(change).MoveToOuterDisposeScope();
    }

    /// <summary>(XᵀX + λI)⁻¹ X_Fᵀ (I − H_FF)⁻¹ r_F, by whichever of its two equal forms has the smaller matrix.</summary>
    private static Tensor Deletion(Tensor inputs, Tensor targets, Tensor theta, Tensor scale)
    {
        var residual = targets.sub(inputs.mm(theta));
        if (inputs.shape[0] <= inputs.shape[1])
        {
            var scaled = inputs.t().div(scale);
            var gap = eye(inputs.shape[0], dtype: ScalarType.Float64).sub(inputs.mm(scaled));
            return scaled.mm(cholesky_solve(residual, linalg.cholesky(gap)));
        }

        var rest = diag(scale.squeeze(1)).sub(inputs.t().mm(inputs));
        return cholesky_solve(inputs.t().mm(residual), linalg.cholesky(rest));
    }

    private static (Tensor Moments, Tensor Products) Sum(Tensor features, Tensor labels, int classes, int batchSize, CancellationToken cancellationToken)
    {
        long size = features.shape[1] + 1;
        var moments = zeros(size, size, dtype: ScalarType.Float64);
        var products = zeros(size, classes, dtype: ScalarType.Float64);
        LeverageRows.ForEachBatch(features, labels, batchSize, Add, cancellationToken);
        return (moments, products);

        void Add(Tensor batch, Tensor batchLabels)
        {
            var inputs = LeverageRows.Inputs(batch);
            moments.addmm_(inputs.t(), inputs, 1, 1);
            products.addmm_(inputs.t(), LeverageRows.Targets(batchLabels, classes), 1, 1);
        }
    }
}
