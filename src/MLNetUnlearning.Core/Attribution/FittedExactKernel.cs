using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Kernels;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The exact kernel, ready for requests. It holds nothing but its settings and which models to use; kernels live as long as a request.</summary>
internal sealed class FittedExactKernel : IStoredAttributor, IRowInfluence
{
    private readonly GaussNewtonEnsemble ensemble;
    private readonly ExactKernelOptions options;
    private readonly int rowCount;

    /// <param name="ensemble">The models.</param>
    /// <param name="options">Settings.</param>
    /// <param name="rowCount">Number of rows covered.</param>
    public FittedExactKernel(GaussNewtonEnsemble ensemble, ExactKernelOptions options, int rowCount)
    {
        this.ensemble = ensemble;
        this.options = options;
        this.rowCount = rowCount;
    }

    public int RowCount => rowCount;

    IAttributorOptions IStoredAttributor.Options => options;

    /// <summary>Reads nothing: the bank and the settings are all there is.</summary>
    public static AttributorReader Reader(ExactKernelOptions options, ModelBank bank, long[] rowIds)
    {
        var ensemble = GaussNewtonEnsemble.Create(bank, options.Ensemble());
        return new([], _ => new FittedExactKernel(ensemble, options, rowIds.Length));
    }

    public IReadOnlyList<Tensor> State() => [];

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, null, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireRows(rows);
        int[] forget = rows.IndexesOf(forgetRowIds);
        using var retain = rows.Without(forget);
        using var leaving = rows.Select(forget);
        int done = 0;
        return new SolvedExactKernel(ensemble, options, Workers.Collect(ensemble.Count, options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            var step = SolveOne(model, retain, leaving, cancellationToken);
            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count));
            return step;
        }));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// TRAK (Park et al. 2023, arXiv 2303.14186) without its projection: the mean over models of K_zx(K + rI)⁻¹, K the kernel of margin gradients, times the mean over models of 1 - p of each row.
    /// Where rows have values, K is that of every output's gradient, and label less output takes the place of 1 - p, summed over the outputs of a row.
    /// </remarks>
    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireRows(rows);
        // Scores of the targets, and below them one row of residuals.
        var scores = PerModel("attributing", progress, model =>
        {
            var weights = Weights(model);
            var (gradients, residuals) = rows.HasValues ? OfValues(weights, rows, cancellationToken) : OfMargins(weights, rows.Features, rows.Labels, cancellationToken);
            var targetGradients = rows.HasValues ? OfOutputs(weights, targets, labels, cancellationToken) : OfMargins(weights, targets, labels, cancellationToken).Gradients;
            var kernel = gradients.Inner(gradients);
            double ridge = options.MarginRidge * kernel.diagonal().sum().item<double>() / Math.Min(gradients.Size, kernel.shape[0]);
            kernel.diagonal().add_(Held(ridge), Held(1));
            var solved = cholesky_solve(gradients.Inner(targetGradients), linalg.cholesky(kernel)).t();
            return cat([solved, residuals.unsqueeze(0)]);
        }).mean([0]);
        long count = targets.shape[0];
        var products = scores.slice(0, 0, count, 1).mul(scores[count]);
        return products.view(count, rows.Count, -1).sum(2).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        RequireRows(rows);
        return new FittedExactKernel(ensemble, options, rowCount - rows.IndexesOf(forgetRowIds).Length);
    }

    public void Dispose()
    {
    }

    /// <summary>Does a piece of work for every model and stacks the results, [models, ...].</summary>
    private Tensor PerModel(string stage, IProgress<WorkProgress>? progress, Func<int, Tensor> work)
    {
        var results = new Tensor[ensemble.Count];
        int done = 0;
        try
        {
            Workers.Run(results.Length, options.MaxWorkers, model =>
            {
                using var noGrad = no_grad();
                results[model] = work(model).DetachFromDisposeScope();
                progress?.Report(new(stage, Interlocked.Increment(ref done), results.Length));
            });
            return stack(results);
        }
        finally
        {
            foreach (var result in results)
            {
                result?.Dispose();
            }
        }
    }

    /// <summary>One model's step.</summary>
    private ExactKernelStep SolveOne(int model, LabeledRows retain, LabeledRows leaving, CancellationToken cancellationToken)
    {
        var weights = Weights(model);
        var (logits, gradients) = Gradients(weights, leaving.Features, cancellationToken);
        var residual = options.Loss.Prediction(logits).sub(LossTerms.Targets(leaving.Labels, retain.OutputCount));
        var roots = Roots(weights, retain, cancellationToken);
        double ridge = options.Damping * options.WeightDecay * rowCount;
        var step = roots.Size <= retain.Count * (long)retain.OutputCount
            ? SolveInParameters(roots, gradients.Sum(residual), ridge)
            : SolveInKernel(roots, gradients, residual, ridge);
        return ExactKernelStep.Of(ensemble.Graph, weights, gradients.Split(step), leaving.Features, options.BatchSize, cancellationToken);
    }

    private static Tensor SolveInParameters(NetworkGradients roots, Tensor gradient, double ridge)
    {
        var tall = roots.Materialize();
        var matrix = tall.t().mm(tall);
        matrix.diagonal().add_(Held(ridge), Held(1));
        return cholesky_solve(gradient.unsqueeze(1), linalg.cholesky(matrix)).squeeze(1);
    }

    private static Tensor SolveInKernel(NetworkGradients roots, NetworkGradients gradients, Tensor residual, double ridge)
    {
        var kernel = roots.Inner(roots);
        kernel.diagonal().add_(Held(ridge), Held(1));
        var right = roots.Inner(gradients).mv(residual.flatten());
        var solved = cholesky_solve(right.unsqueeze(1), linalg.cholesky(kernel));
        return gradients.Sum(residual).sub(roots.Sum(solved.view(-1, residual.shape[1]))).div(Held(ridge));
    }

    /// <summary>Jacobians of rows, each multiplied by a root of its curvature: diag(p) - p pᵀ = AᵀA with A = diag(√p)(I - 1pᵀ).</summary>
    private NetworkGradients Roots(Tensor[] weights, LabeledRows rows, CancellationToken cancellationToken)
    {
        var (logits, gradients) = Gradients(weights, rows.Features, cancellationToken);
        if (options.Loss == TrainingLoss.SquaredError)
        {
            return gradients;
        }

        var p = logits.softmax(1);
        return gradients.Mix(eye(rows.Classes, dtype: ScalarType.Float64).sub(p.unsqueeze(1)).mul(p.sqrt().unsqueeze(2)));
    }

    /// <summary>Gradients of margins, and 1 - p of the true classes.</summary>
    private (NetworkGradients Gradients, Tensor Residuals) OfMargins(Tensor[] weights, Tensor features, Tensor labels, CancellationToken cancellationToken)
    {
        var (logits, gradients) = Gradients(weights, features, cancellationToken);
        var index = labels.unsqueeze(1);
        var trueClass = nn.functional.one_hot(labels, logits.shape[1]).to_type(ScalarType.Float64);
        // The margin is the true logit minus the log-sum-exp of the others.
        var others = logits.masked_fill(trueClass.gt(Held(0)), Held(double.NegativeInfinity)).softmax(1);
        return (gradients.Mix(trueClass.sub(others).unsqueeze(1)), logits.softmax(1).gather(1, index).squeeze(1).neg().add(Held(1), Held(1)));
    }

    /// <summary>Gradients of every output of every row, and label less output of each.</summary>
    private (NetworkGradients Gradients, Tensor Residuals) OfValues(Tensor[] weights, LabeledRows rows, CancellationToken cancellationToken)
    {
        var (outputs, gradients) = Gradients(weights, rows.Features, cancellationToken);
        return (gradients, rows.Labels.sub(outputs).flatten());
    }

    /// <summary>Gradients of one output of each target.</summary>
    private NetworkGradients OfOutputs(Tensor[] weights, Tensor targets, Tensor labels, CancellationToken cancellationToken)
    {
        var (outputs, gradients) = Gradients(weights, targets, cancellationToken);
        return gradients.Mix(nn.functional.one_hot(labels, outputs.shape[1]).to_type(ScalarType.Float64).unsqueeze(1));
    }

    private Tensor[] Weights(int model) => [.. ensemble.Weights(model).Select(weight => weight.to_type(ScalarType.Float64))];

    private (Tensor Logits, NetworkGradients Gradients) Gradients(Tensor[] weights, Tensor features, CancellationToken cancellationToken) =>
        NetworkGradients.OfLogits(ensemble.Graph, weights, features.to_type(ScalarType.Float64), options.BatchSize, cancellationToken);

    private void RequireRows(LabeledRows rows)
    {
        if (rows.Count != rowCount)
        {
            throw new ArgumentException($"The attribution covers {rowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }
}
