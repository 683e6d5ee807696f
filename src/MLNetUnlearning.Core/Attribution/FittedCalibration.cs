using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Calibrated Gauss-Newton influence, ready for requests.</summary>
public sealed class FittedCalibration : IStoredAttributor, IRowInfluence
{
    private const int MinDeletions = 10;
    private const int Folds = 5;
    private const double ShapeWidth = 0.2;

    private readonly CalibrationOptions options;
    private readonly CandidatePredictions candidates;
    private readonly Fusion fusion;

    private FittedCalibration(CalibrationOptions options, ModelBank bank, int rowCount, DeletionRecord record, CandidatePredictions candidates, Fusion fusion, ShapeWeights weights, double[] shapes, RowKernel kernel, BankOutputs? outputs, Tensor[] fitted)
    {
        this.options = options;
        this.candidates = candidates;
        this.fusion = fusion;
        (Bank, RowCount, Record, Weights, Shapes, Kernel, Outputs, Fitted) = (bank, rowCount, record, weights, shapes, kernel, outputs, fitted);
        Report = Grade();
    }

    /// <summary>Grades on deletions that the weights were not fitted on.</summary>
    public CalibrationReport Report { get; }

    internal ModelBank Bank { get; }

    internal int RowCount { get; }

    internal DeletionRecord Record { get; }

    internal ShapeWeights Weights { get; }

    internal double[] Shapes { get; }

    internal RowKernel Kernel { get; }

    /// <summary>What the deletions did to the calibration rows; belongs to this object. Null if it was loaded: only fitting asks for it.</summary>
    internal BankOutputs? Outputs { get; }

    /// <summary>The candidates' predictions of that, of classes centred over them; they belong to this object. None if it was loaded.</summary>
    internal Tensor[] Fitted { get; }

    internal CalibrationOptions Options => options;

    IAttributorOptions IStoredAttributor.Options => options;

    int IStoredAttributor.RowCount => RowCount;

    internal static FittedCalibration Fit(
        CalibrationOptions options, ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken, FittedCalibration? known = null)
    {
        Require(BankOutline.Of(bank, rows), options);
        rows.RequireLoss(options.GaussNewton.Loss);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var record = DeletionRecord.Of(bank, rows.RowIds);
        var candidates = CandidatePredictions.Fit(options, bank, rows, record, progress, cancellationToken, known?.candidates);
        try
        {
            var index = DeletionRecord.Positions(CalibrationRows(options, rows));
            var features = rows.Features.index_select(0, index);
            var fitted = candidates.Predict(null, features, withDeletions: true, progress, cancellationToken).Select(change => BankOutputs.Centre(change, options.GaussNewton.Loss)).ToArray();
            var kernel = new RowKernel(rows, ShapeWidth);
            var mask = record.Mask();
            double[] similarity = [.. kernel.Between(rows, mask, mask, cancellationToken).diagonal().ToHost<double>()];
            double[] shapes = Concentrations(similarity, record);
            var weights = new ShapeWeights(shapes);
            var outputs = BankOutputs.Fit(bank, options.GaussNewton.Loss, features, mask.index_select(1, index), weights, shapes, cancellationToken);
            var fusion = new Fusion(fitted, outputs.Change, outputs.Inside, outputs.Noise.sum([2]));
            return new(options, bank, rows.Count, record, candidates, fusion, weights, shapes, kernel, outputs.Keep(), [.. fitted.Select(tensor => tensor.DetachFromDisposeScope())]);
        }
        catch
        {
            candidates.Dispose();
            throw;
        }
    }

    /// <summary>Positions of the training rows on which predictions are compared with the bank's outputs, ascending.</summary>
    internal static int[] CalibrationRows(CalibrationOptions options, LabeledRows rows) =>
        [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.GaussNewton.Seed, StableRandom.CalibrationRows)).Take(options.MaxRows).Order()];

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    internal static AttributorReader Reader(CalibrationOptions options, ModelBank bank, long[] rowIds)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var predictions = CandidatePredictions.Shapes(options, bank);
        return new([.. predictions, .. Fusion.Shapes(deletions, CandidatePredictions.CountOf(options, bank)), TensorShape.Double(deletions), TensorShape.Double(1)], state =>
        {
            using var scope = NewDisposeScope();
            var record = DeletionRecord.Of(bank, rowIds);
            double[] shapes = [.. state[^2].ToHost<double>()];
            var kernel = RowKernel.Restore(state[^1].item<double>());
            var candidates = CandidatePredictions.Restore(options, bank, rowIds.Length, state[..predictions.Count]);
            state[^2].Dispose();
            state[^1].Dispose();
            return new FittedCalibration(options, bank, rowIds.Length, record, candidates, Fusion.Restore(state[predictions.Count..^2]), new ShapeWeights(shapes), shapes, kernel, null, []);
        });
    }

    /// <summary>Throws unless a bank has members enough, weights where the candidates want them, and a network that can be attributed.</summary>
    internal static void Require(BankOutline bank, CalibrationOptions options)
    {
        if (bank.DeletionMembers < MinDeletions || bank.FullMembers < 2)
        {
            throw new ArgumentException(
                $"Calibration needs a bank with at least 2 members trained on all rows and {MinDeletions} trained without some; this one has {bank.FullMembers} and {bank.DeletionMembers}. Raise ModelBankOptions.FullMembers or Members.", nameof(bank));
        }

        SupportedLayers.Require(bank.Graph);
        options.Unrolled?.CreateAttributor().Require(bank);
    }

    /// <inheritdoc/>
    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var question = DeletionQuestion.Of(rows, forgetRowIds, this, cancellationToken);
        var steps = SolveSteps(rows, question.Forget, progress, cancellationToken);
        return new SolvedCalibration(candidates, rows, question, steps, fusion.Weights(Weights.For(question.Shape)));
    }

    /// <inheritdoc/>
    /// <remarks>Uncalibrated: the mean over models at the smallest of the dampings. Calibration is about groups as large as the bank's deletions and says nothing of single rows.</remarks>
    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var prepared = Prepare(rows, 0, null, cancellationToken);
        return prepared.RowInfluence(targets, labels, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public IPreparedInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireRows(rows);
        return candidates.Prepare(rows, maxBytes, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var left = Remaining(rows, forgetRowIds);
        return Fit(options, Bank, left, null, CancellationToken.None, this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        candidates.Dispose();
        fusion.Dispose();
        Outputs?.Dispose();
        foreach (var tensor in Fitted)
        {
            tensor.Dispose();
        }
    }

    IReadOnlyList<Tensor> IStoredAttributor.State() => State();

    /// <summary>What a file holds: its tensors, of this object or of the current dispose scope.</summary>
    internal IReadOnlyList<Tensor> State() => [.. candidates.State(), .. fusion.State(), tensor(Shapes).clone(), tensor(new[] { Kernel.Width }).clone()];

    internal LabeledRows Remaining(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        RequireRows(rows);
        return rows.Without(rows.IndexesOf(forgetRowIds));
    }

    internal void RequireRows(LabeledRows rows)
    {
        if (rows.Count != RowCount)
        {
            throw new ArgumentException($"The attribution covers {RowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }

    internal Tensor[] SolveSteps(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) => candidates.Solve(rows, forget, progress, cancellationToken);

    /// <summary>The candidates' predictions for the deletions and a request, on any targets; of classes centred over them.</summary>
    internal Tensor[] PredictAll(Tensor[] steps, Tensor targets, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        [.. candidates.Predict(steps, targets, withDeletions: true, progress, cancellationToken).Select(change => BankOutputs.Centre(change, options.GaussNewton.Loss))];

    /// <summary>The mean's prediction for a request alone; of classes centred over them.</summary>
    internal Tensor PredictAlone(Tensor[] steps, Tensor targets, Tensor leaving, FusionWeights weights, CancellationToken cancellationToken) =>
        weights.Combine([.. candidates.Predict(steps, targets, withDeletions: false, null, cancellationToken).Select(change => BankOutputs.Centre(change[0], options.GaussNewton.Loss))], leaving);

    /// <summary>Weights for each deletion and, if there is one more shape, a request.</summary>
    /// <param name="shapes">Concentration of each set.</param>
    internal FusionWeights[] WeightsFor(IReadOnlyList<double> shapes)
    {
        using var scope = NewDisposeScope();
        return [.. shapes.Select(shape => fusion.Weights(Weights.For(shape)))];
    }

    /// <summary>Fused predictions for several sets of rows.</summary>
    /// <param name="predictions">[sets, targets, outputs] per candidate.</param>
    /// <param name="inside">[sets, targets].</param>
    /// <param name="weights">Weights for each set.</param>
    internal static Tensor Fuse(IReadOnlyList<Tensor> predictions, Tensor inside, IReadOnlyList<FusionWeights> weights)
    {
        var result = zeros_like(predictions[0]);
        for (int set = 0; set < weights.Count; set++)
        {
            using var scope = NewDisposeScope();
            result[set].copy_(weights[set].Combine([.. predictions.Select(change => change[set])], inside[set]));
        }

        return result;
    }

    /// <summary>Concentration of each deletion. One whose rows have all left since says nothing and has no shape; it gets the mean of the others, so that no sum breaks.</summary>
    private static double[] Concentrations(double[] similarity, DeletionRecord record)
    {
        double?[] shapes = [.. similarity.Select((value, i) => record.Rows[i].Length > 0 ? ShapeWeights.Concentration(value, record.Rows[i].Length) : (double?)null)];
        double mean = shapes.Average() ?? throw new ArgumentException("The rows that the bank's deletion members lack have all been forgotten since, so there is nothing to calibrate on. Train a new model with a new bank.", nameof(record));
        return [.. shapes.Select(shape => shape ?? mean)];
    }

    private CalibrationReport Grade()
    {
        double[] error = new double[2], signal = new double[2];
        for (int deletion = 0; deletion < Record.Count; deletion++)
        {
            using var scope = NewDisposeScope();
            var shape = Weights.For(Shapes[deletion], other => other % Folds == deletion % Folds);
            for (int side = 0; side < 2; side++)
            {
                var grade = fusion.Grade(side, deletion, fusion.Weights(side, shape));
                error[side] += grade.Error;
                signal[side] += grade.Signal;
            }
        }

        double R2(int side) => signal[side] > 0 ? 1 - error[side] / signal[side] : double.NaN;
        return new(Record.Count, Record.Rows.Where(rows => rows.Length > 0).Min(rows => rows.Length), Record.Rows.Max(rows => rows.Length), R2(0), R2(1));
    }
}
