using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A Gaussian process over deletion sets, ready for requests.</summary>
public sealed class FittedDeletionGaussianProcess : IStoredAttributor, IRowInfluence
{
    /// <summary>A left-out error beyond this multiple of the usual one counts as an outlier.</summary>
    private const double Outlying = 4;

    private readonly DeletionGaussianProcessOptions options;
    private readonly FittedCalibration mean;
    private readonly SetSimilarity similarities;
    private readonly DeletionProcess process;
    private readonly Fusion shrinkage;
    private readonly IntervalScale intervals;
    private readonly Tensor coefficients;

    private FittedDeletionGaussianProcess(
        DeletionGaussianProcessOptions options, FittedCalibration mean, SetSimilarity similarities, DeletionProcess process, double lengthScale, Fusion shrinkage, IntervalScale intervals, Tensor coefficients)
    {
        this.options = options;
        this.mean = mean;
        this.similarities = similarities;
        this.process = process;
        this.shrinkage = shrinkage;
        this.intervals = intervals;
        this.coefficients = coefficients;
        LengthScale = lengthScale;
    }

    /// <summary>Grade of the mean alone, on deletions that its weights were not fitted on.</summary>
    public CalibrationReport Report => mean.Report;

    /// <summary>The chosen length scale.</summary>
    public double LengthScale { get; }

    /// <summary>The chosen noise level.</summary>
    public double NoiseLevel => process.Noise;

    internal static FittedDeletionGaussianProcess Fit(
        DeletionGaussianProcessOptions options, ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken, FittedCalibration? known = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var mean = FittedCalibration.Fit(options.Mean, bank, rows, progress, cancellationToken, known);
        DeletionProcess? best = null;
        Tensor? bestSimilarity = null;
        SetSimilarity? bestSimilarities = null;
        try
        {
            var outputs = mean.Outputs!;
            var fused = FittedCalibration.Fuse(mean.Fitted, outputs.Inside, mean.WeightsFor(mean.Shapes));
            var observations = cat([outputs.Change.sub(fused), outputs.Full]).flatten(1).to_type(ScalarType.Float64);
            var mask = mean.Record.Mask();
            // Relative to what each deletion did, so that small ones count as much as large ones.
            var squares = outputs.Change.pow(Held(2)).sum([1, 2]).to_type(ScalarType.Float64);
            squares = squares.clamp_min(Held(1e-2 * squares.mean().item<double>()));
            // Places among the calibration rows, which are the targets here.
            var effects = fused.index_select(1, DeletionRecord.Positions(SetSimilarity.Thinned(Enumerable.Range(0, (int)fused.shape[1])))).flatten(1);
            double lowest = double.PositiveInfinity, lengthScale = 0;
            foreach (double candidate in options.LengthScales)
            {
                var (similarities, similarity) = SetSimilarity.Of(new RowKernel(rows, candidate), rows, mask, effects, cancellationToken);
                foreach (double noise in options.NoiseLevels)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var trialScope = NewDisposeScope();
                    var trial = new DeletionProcess(similarity, bank.FullMembers, noise);
                    double error = trial.LeaveOneOutErrors(trial.Solve(observations)).pow(Held(2)).sum([1]).div(squares).sum().item<double>();
                    if (error < lowest)
                    {
                        best?.Dispose();
                        (best, bestSimilarity, lowest, lengthScale, bestSimilarities) = (trial, similarity, error, candidate, similarities);
                    }
                    else
                    {
                        trial.Dispose();
                    }
                }
            }

            var doubts = Doubts(best!, observations, mean);
            double chosen = best!.Noise;
            best.Dispose();
            var process = best = new DeletionProcess(bestSimilarity!, bank.FullMembers, chosen, doubts);
            var (shrinkage, intervals) = GradeLeftOut(process, observations, outputs);
            return new(options, mean, bestSimilarities!.Keep(), process, lengthScale, shrinkage, intervals, outputs.Coefficients.clone().DetachFromDisposeScope());
        }
        catch
        {
            mean.Dispose();
            best?.Dispose();
            throw;
        }
    }

    IAttributorOptions IStoredAttributor.Options => options;

    int IStoredAttributor.RowCount => mean.RowCount;

    /// <summary>Reads what a file holds.</summary>
    internal static AttributorReader Reader(DeletionGaussianProcessOptions options, ModelBank bank, long[] rowIds)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var own = FittedCalibration.Reader(options.Mean, bank, rowIds);
        IReadOnlyList<TensorShape>[] parts =
        [
            own.Shapes,
            DeletionProcess.Shapes(deletions, bank.FullMembers),
            Fusion.Shapes(deletions, candidates: 1),
            IntervalScale.Shapes(deletions, Math.Min(options.Mean.MaxRows, rowIds.Length), bank.Graph.OutputSize),
            SetSimilarity.Shapes(deletions, Math.Min(options.Mean.MaxRows, rowIds.Length), bank.Graph.OutputSize),
            [TensorShape.Double(1), TensorShape.Single(deletions)],
        ];
        return new([.. parts.SelectMany(part => part)], state =>
        {
            using var scope = NewDisposeScope();
            int start = 0;
            Tensor[][] pieces = [.. parts.Select(part => state[start..(start += part.Count)])];
            double lengthScale = pieces[5][0].item<double>();
            pieces[5][0].Dispose();
            return new FittedDeletionGaussianProcess(
                options,
                (FittedCalibration)own.Restore(pieces[0]),
                SetSimilarity.Restore(pieces[4]),
                DeletionProcess.Restore(pieces[1], deletions),
                lengthScale,
                Fusion.Restore(pieces[2]),
                IntervalScale.Restore(pieces[3]),
                pieces[5][1]);
        });
    }

    IReadOnlyList<Tensor> IStoredAttributor.State() =>
        [.. mean.State(), .. process.State(), .. shrinkage.State(), .. intervals.State(), .. similarities.State(), tensor(new[] { LengthScale }).clone(), coefficients];

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
        var question = DeletionQuestion.Of(rows, forgetRowIds, mean, cancellationToken);
        var shape = mean.Weights.For(question.Shape);
        var weights = mean.WeightsFor([.. mean.Shapes, question.Shape]);
        var steps = mean.SolveSteps(rows, question.Forget, progress, cancellationToken);
        try
        {
            int[] positions = SetSimilarity.Thinned(FittedCalibration.CalibrationRows(options.Mean, rows));
            var effect = mean.PredictAlone(steps, rows.Features.index_select(0, DeletionRecord.Positions(positions)), question.Leaving(positions), weights[^1], cancellationToken).flatten();
            var (similarity, self) = similarities.To(rows, question.Mask, mean.Record.Mask(), effect, cancellationToken);
            return new SolvedDeletionProcess(mean, process, coefficients, rows, question, steps)
            {
                Weights = weights,
                Similarity = similarity.DetachFromDisposeScope(),
                Shrinkage = shrinkage.Weights(shape),
                Variance = process.EffectVariance(similarity, self),
                LeavingScale = intervals.For(0, shape),
                StayingScale = intervals.For(1, shape),
            };
        }
        catch
        {
            foreach (var step in steps)
            {
                step.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>That of the mean, see <see cref="FittedCalibration.RowInfluence"/>.</remarks>
    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var prepared = Prepare(rows, 0, null, cancellationToken);
        return prepared.RowInfluence(targets, labels, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public IPreparedInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        mean.Prepare(rows, maxBytes, progress, cancellationToken);

    /// <inheritdoc/>
    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var left = mean.Remaining(rows, forgetRowIds);
        return Fit(options, mean.Bank, left, null, CancellationToken.None, mean);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mean.Dispose();
        process.Dispose();
        shrinkage.Dispose();
        intervals.Dispose();
        similarities.Dispose();
        coefficients.Dispose();
    }

    /// <summary>
    /// Factors on the noise of deletions that went far from what the others and their shape suggest. Now and then a training run takes another course for no reason that its rows could give; with a
    /// larger bank there are more of them, and one can outweigh a hundred quiet ones.
    /// </summary>
    private static Tensor Doubts(DeletionProcess process, Tensor observations, FittedCalibration mean)
    {
        using var scope = NewDisposeScope();
        var errors = process.LeaveOneOutErrors(process.Solve(observations)).pow(Held(2)).sum([1]).div(process.LeaveOneOutVariances());
        double[] ratios = [.. errors.ToHost<double>()];
        double[] doubts = [.. ratios.Select((ratio, i) => Math.Max(1, ratio / (Outlying * Math.Max(mean.Weights.Median(mean.Shapes[i], ratios), 1e-30))))];
        return tensor(doubts).clone().MoveToOuterDisposeScope();
    }

    /// <summary>Predicts every deletion of the bank from the others: the share of the process's correction that holds up, and how far its variances can be believed.</summary>
    private static (Fusion Shrinkage, IntervalScale Intervals) GradeLeftOut(DeletionProcess process, Tensor observations, BankOutputs outputs)
    {
        using var scope = NewDisposeScope();
        long[] shape = outputs.Change.shape;
        var solved = process.Solve(observations);
        var centred = observations.slice(0, 0, shape[0], 1).sub(DeletionProcess.Constant(solved));
        var left = process.LeaveOneOutErrors(solved);
        var correction = centred.sub(left).view(shape).to_type(ScalarType.Float32);
        var truth = centred.view(shape).to_type(ScalarType.Float32);
        var shrinkage = new Fusion([correction], truth, outputs.Inside, outputs.Noise.sum([2]));
        var amplitude = DeletionProcess.Amplitude(observations, solved).view(shape[1], shape[2]).to_type(ScalarType.Float32);
        var variances = process.LeaveOneOutVariances().to_type(ScalarType.Float32);
        return (shrinkage, new IntervalScale(left.view(shape).to_type(ScalarType.Float32), amplitude, variances, outputs.Noise, outputs.Inside));
    }
}
