using MLNetUnlearning.Attribution.Datamodels;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Regression datamodels ready for requests: who lacks what, and what of the regression does not depend on the outputs. Coefficients are computed per request and not kept.</summary>
internal sealed class FittedRegressionDatamodels : IStoredAttributor, IRowInfluence
{
    private readonly ModelBank bank;
    private readonly RegressionDatamodelsOptions options;
    private readonly MemberMasks masks;
    private readonly IDatamodelRegression regression;

    private FittedRegressionDatamodels(ModelBank bank, RegressionDatamodelsOptions options, MemberMasks masks, IDatamodelRegression regression)
    {
        this.bank = bank;
        this.options = options;
        this.masks = masks;
        this.regression = regression;
    }

    /// <summary>Number of rows with coefficients.</summary>
    public int RowCount => masks.Rows;

    IAttributorOptions IStoredAttributor.Options => options;

    /// <summary>Reads what <see cref="State"/> gives; who lacks what is in the bank's plans.</summary>
    public static AttributorReader Reader(RegressionDatamodelsOptions options, ModelBank bank, long[] rowIds) =>
        new(options.Estimator == DatamodelEstimator.Ridge ? RidgeRegression.Shapes(bank.Members.Count, options) : [], state =>
        {
            var masks = MemberMasks.Create(bank.Members, rowIds);
            IDatamodelRegression regression = options.Estimator switch
            {
                DatamodelEstimator.EmpiricalInfluence => new DifferenceOfMeans(masks),
                DatamodelEstimator.Ridge => RidgeRegression.Restore(masks, state),
                _ => new LassoRegression(masks, options),
            };
            return new FittedRegressionDatamodels(bank, options, masks, regression);
        });

    public IReadOnlyList<Tensor> State() => regression.State();

    /// <exception cref="ArgumentException">No member lacks any of the rows.</exception>
    public static FittedRegressionDatamodels Fit(ModelBank bank, LabeledRows rows, RegressionDatamodelsOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var masks = MemberMasks.Create(bank.Members, rows.RowIdSpan);
        IDatamodelRegression? regression = null;
        Workers.Run(1, 1, _ =>
        {
            using var noGradients = no_grad();
            regression = options.Estimator switch
            {
                DatamodelEstimator.EmpiricalInfluence => new DifferenceOfMeans(masks),
                DatamodelEstimator.Ridge => RidgeRegression.Fit(masks, options, () => SampleLogits(bank, rows, options, cancellationToken)),
                _ => new LassoRegression(masks, options),
            };
        });
        progress?.Report(new("attributing", 1, 1));
        return new FittedRegressionDatamodels(bank, options, masks, regression!);
    }

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireRows(request.Rows);
        int[] forget = request.Rows.IndexesOf(request.ForgetRowIds);
        var change = Batches(
            request.Targets,
            (_, logits) => regression.Sum(logits.flatten(1), bank.Graph.OutputSize, forget, cancellationToken).view(logits.shape[1], -1),
            progress,
            cancellationToken);
        return new LogitChange(change.mul_(Held(options.Multiplier)));
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireRows(rows);
        // A coefficient is the change when the row leaves; what the row contributes is its negative.
        return Batches(
            targets,
            (start, outputs) => regression.Coefficients(Meant(rows, outputs, labels.slice(0, start, start + outputs.shape[1], 1)), outputsPerTarget: 1, cancellationToken).t().neg(),
            progress,
            cancellationToken).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The regression is done again without the rows' columns. The bank stays as it is: its members were trained on the rows that leave, as the deployed model was, and
    /// only a new bank is free of them.
    /// </remarks>
    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        RequireRows(rows);
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        return Fit(bank, left, options, null, CancellationToken.None);
    }

    public void Dispose()
    {
        regression.Dispose();
        masks.Dispose();
    }

    /// <summary>The margin of the class or the value of the output that is meant of each target, [members, targets].</summary>
    private static Tensor Meant(LabeledRows rows, Tensor outputs, Tensor labels) =>
        rows.HasValues ? outputs.gather(2, labels.view(1, -1, 1).expand(outputs.shape[0], -1, -1)).squeeze(2) : LogitMargins.Of(outputs, labels);

    private static Tensor SampleLogits(ModelBank bank, LabeledRows rows, RegressionDatamodelsOptions options, CancellationToken cancellationToken)
    {
        var sample = StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.RetainSample)).Take(options.TargetBatchSize).Order();
        var index = tensor(sample.Select(row => (long)row).ToArray());
        using var logits = bank.Models.Final.Logits(rows.Features.index_select(0, index), cancellationToken: cancellationToken);
        return logits.flatten(1);
    }

    /// <summary>Does a piece of work on the members' logits [members, targets, classes] of every batch of targets, given the position of the batch's first target; batches run beside each other.</summary>
    private Tensor Batches(Tensor targets, Func<long, Tensor, Tensor> work, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        long count = targets.shape[0], done = 0;
        var parts = new Tensor[(count + options.TargetBatchSize - 1) / options.TargetBatchSize];
        try
        {
            Workers.Run(parts.Length, options.MaxWorkers, part =>
            {
                using var noGrad = no_grad();
                cancellationToken.ThrowIfCancellationRequested();
                long start = (long)part * options.TargetBatchSize, end = Math.Min(start + options.TargetBatchSize, count);
                using var logits = bank.Models.Final.Logits(targets.slice(0, start, end, 1), cancellationToken: cancellationToken);
                parts[part] = work(start, logits).to_type(ScalarType.Float32).DetachFromDisposeScope();
                progress?.Report(new("predicting retrained outputs", Interlocked.Add(ref done, end - start), count));
            });
            return cat(parts);
        }
        finally
        {
            foreach (var part in parts)
            {
                part?.Dispose();
            }
        }
    }

    private void RequireRows(LabeledRows rows)
    {
        if (rows.Count != masks.Rows)
        {
            throw new ArgumentException($"The attribution covers {masks.Rows} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }
}
