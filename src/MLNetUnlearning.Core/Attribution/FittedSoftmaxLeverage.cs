using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Deletion for softmax regression: Newton steps on the loss without the group, from the optimum on all rows.</summary>
internal sealed class FittedSoftmaxLeverage : IStoredAttributor
{
    private const int MaxFitSteps = 100;
    private const int MaxHalvings = 30;

    /// <summary>Largest gradient entry per row at which the optimum counts as reached; rounding of double precision lies far below.</summary>
    private const double Converged = 1e-11;

    private readonly LeverageExactOptions options;
    private readonly int rowCount;
    private readonly Tensor optimum;

    private FittedSoftmaxLeverage(LeverageExactOptions options, int rowCount, Tensor optimum)
    {
        this.options = options;
        this.rowCount = rowCount;
        this.optimum = optimum.DetachFromDisposeScope();
    }

    public static FittedSoftmaxLeverage Fit(LeverageExactOptions options, LabeledRows rows, CancellationToken cancellationToken)
    {
        var start = zeros(rows.FeatureCount + 1, rows.Classes, dtype: ScalarType.Float64);
        var optimum = Newton(options, start, rows, options.WeightDecay * rows.Count, MaxFitSteps, cancellationToken);
        return new FittedSoftmaxLeverage(options, rows.Count, optimum);
    }

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(LeverageExactOptions options, ModelBank bank, long[] rowIds) =>
        new([TensorShape.Double(bank.Graph.InputSize + 1, bank.Graph.OutputSize)], state => new FittedSoftmaxLeverage(options, rowIds.Length, state[0]));

    public int RowCount => rowCount;

    IAttributorOptions IStoredAttributor.Options => options;

    public IReadOnlyList<Tensor> State() => [optimum];

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, null, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        SolvedLinearDeletion.Of(() => WeightChange(rows, forgetRowIds, cancellationToken), options.BatchSize, progress);

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        LeverageRows.Forgotten(rows, forgetRowIds, rowCount);
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        // From zero, not from the optimum on all rows: nothing of the rows that left goes into the new one.
        return new LeverageExact(options).Fit(left, null, CancellationToken.None);
    }

    public void Dispose() => optimum.Dispose();

    private Tensor WeightChange(LabeledRows rows, IReadOnlyList<long> forgetRowIds, CancellationToken cancellationToken)
    {
        LeverageRows.Forgotten(rows, forgetRowIds, rowCount);
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        double ridge = options.WeightDecay * (options.KeepRidge ? rowCount : left.Count);
        return Newton(options, optimum, left, ridge, options.Steps, cancellationToken).sub(optimum);
    }

    /// <summary>Newton steps, each halved until the loss falls; stops early at the optimum.</summary>
    private static Tensor Newton(LeverageExactOptions options, Tensor theta, LabeledRows rows, double ridge, int steps, CancellationToken cancellationToken)
    {
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var (loss, gradient, curvature) = Expand(options, theta, rows, ridge, cancellationToken);
            if (gradient.abs().max().item<double>() < Converged * rows.Count)
            {
                break;
            }

            var direction = cholesky_solve(gradient.view(-1, 1), linalg.cholesky(curvature)).view(theta.shape);
            var next = theta.sub(direction);
            for (int halving = 1; halving <= MaxHalvings && Loss(options, next, rows, ridge, cancellationToken) > loss * (1 + 1e-14); halving++)
            {
                next = theta.add(direction, alpha: Held(-Math.Pow(0.5, halving)));
            }

            theta = next.MoveToOuterDisposeScope();
        }

        return theta;
    }

    private static double Loss(LeverageExactOptions options, Tensor theta, LabeledRows rows, double ridge, CancellationToken cancellationToken)
    {
        double loss = 0.5 * ridge * theta.pow(Held(2)).sum().item<double>();
        LeverageRows.ForEachBatch(rows.Features, rows.Labels, options.BatchSize, Add, cancellationToken);
        return loss;

        void Add(Tensor features, Tensor labels) =>
            loss += nn.functional.cross_entropy(LeverageRows.Inputs(features).mm(theta), labels, reduction: nn.Reduction.Sum).item<double>();
    }

    /// <summary>Loss, gradient [size, classes] and curvature [size x classes, size x classes] at a point.</summary>
    private static (double Loss, Tensor Gradient, Tensor Curvature) Expand(LeverageExactOptions options, Tensor theta, LabeledRows rows, double ridge, CancellationToken cancellationToken)
    {
        long size = theta.shape[0], classes = theta.shape[1];
        double loss = 0.5 * ridge * theta.pow(Held(2)).sum().item<double>();
        var gradient = theta.mul(Held(ridge));
        var curvature = zeros(classes, size, classes, size, dtype: ScalarType.Float64);
        LeverageRows.ForEachBatch(rows.Features, rows.Labels, options.BatchSize, Add, cancellationToken);
        for (long a = 0; a < classes; a++)
        {
            for (long b = 0; b < a; b++)
            {
                curvature[b].select(1, a).copy_(curvature[a].select(1, b).t());
            }
        }

        // In the order of the gradient [size, classes].
        var matrix = curvature.permute(1, 0, 3, 2).reshape(size * classes, size * classes);
        matrix.diagonal().add_(Held(ridge), Held(1));
        return (loss, gradient, matrix);

        void Add(Tensor features, Tensor labels)
        {
            var inputs = LeverageRows.Inputs(features);
            var logits = inputs.mm(theta);
            loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<double>();
            var p = logits.softmax(1);
            gradient.addmm_(inputs.t(), p.sub(LeverageRows.Targets(labels, (int)classes)), 1, 1);
            // Block (a, b) is Xᵀ diag(p_a (δ_ab − p_b)) X: one product per pair of classes, and nothing of size rows x features x classes.
            for (long a = 0; a < classes; a++)
            {
                for (long b = 0; b <= a; b++)
                {
                    using var pair = NewDisposeScope();
                    var weight = p.select(1, a).mul(p.select(1, b).neg().add(Held(a == b ? 1 : 0), Held(1))).unsqueeze(1);
                    curvature[a].select(1, b).add_(inputs.t().mm(inputs.mul(weight)), Held(1));
                }
            }
        }
    }
}
