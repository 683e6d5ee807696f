using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>What attribution predicts for the request and for every deletion of the bank, and how well the latter held up.</summary>
internal sealed class BankPredictions : IDisposable
{
    private double leavingError, leavingSignal, leavingNoise, stayingError, stayingSignal, stayingNoise;
    private long leaving, staying, deletions;

    private BankPredictions(Tensor request, float[,] margins, Tensor spread)
    {
        Request = request.DetachFromDisposeScope();
        Margins = margins;
        Spread = spread.DetachFromDisposeScope();
    }

    /// <summary>Predicted change of the deployed model's outputs by the request, comparable (<see cref="AuditRows.Comparable"/>), [rows, outputs], float64.</summary>
    public Tensor Request { get; }

    /// <summary>Predicted change of margins by what each member lacks, and by the request, [members + 1, margins of training rows].</summary>
    public float[,] Margins { get; }

    /// <summary>Variance of the full members' comparable outputs, [rows, outputs], float64.</summary>
    public Tensor Spread { get; }

    /// <summary>Predicts.</summary>
    /// <param name="subject">Bank and attribution.</param>
    /// <param name="rows">The rows to predict.</param>
    /// <param name="logits">Outputs of the bank's members, [members, rows, outputs].</param>
    /// <param name="progress">Receives a report per deletion.</param>
    /// <param name="cancellationToken">Checked before every deletion.</param>
    public static BankPredictions Of(AuditSubject subject, AuditRows rows, Tensor logits, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var bank = subject.Bank;
        int count = bank.Members.Count, training = rows.Training.Count;
        var full = logits.slice(0, 0, bank.FullMembers, 1);
        var mean = full.mean([0]);
        var labels = rows.Training.Labels;
        var centred = rows.Comparable(full);
        // One model against a mean of M: the variance of seeds, once and once more over M.
        var spread = centred.@var(0);
        var noise = spread.mul(Held(1 + 1.0 / bank.FullMembers));
        var margins = new float[count + 1, training * rows.MarginsOfRow];
        float[,] before = Verification.Margins.Of(mean.slice(0, 0, training, 1).unsqueeze(0), labels);
        var request = Predict(subject.Request.ForgetRowIds, count);
        var result = new BankPredictions(rows.Comparable(request), margins, spread);
        for (int member = bank.FullMembers; member < count; member++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new WorkProgress("auditing: predicting the bank's deletions", member - bank.FullMembers + 1, count - bank.FullMembers));
            var excluded = bank.Members[member].ExcludedRowIds;
            if (excluded.Count == 0)
            {
                continue;
            }

            using var step = NewDisposeScope();
            var truth = rows.Comparable(logits[member]).sub(centred.mean([0]));
            var error = rows.Comparable(Predict(excluded, member)).sub(truth);
            var gone = excluded.ToHashSet();
            result.Add(error, truth, noise, [.. rows.Ids.Select(id => id is { } known && gone.Contains(known))]);
        }

        return result;

        Tensor Predict(IReadOnlyList<long> forget, int line)
        {
            using var change = subject.Attributor.Predict(
                new AttributionRequest { Rows = subject.Rows, ForgetRowIds = forget, Targets = rows.Features, TargetRowIds = rows.Ids, Students = subject.Original }, null, cancellationToken);
            var values = (change.IsPerModel ? change.Values[0] : change.Values).clone();
            float[,] after = Verification.Margins.Of(mean.add(values, Held(1)).slice(0, 0, training, 1).unsqueeze(0), labels);
            for (int i = 0; i < after.GetLength(1); i++)
            {
                margins[line, i] = after[0, i] - before[0, i];
            }

            return values;
        }
    }

    /// <summary>Grades the predictions for the bank's deletions.</summary>
    /// <param name="attributor">The attribution; one that learnt from the deletions grades itself, on held-out ones.</param>
    /// <returns>Null if there is no deletion, or attribution learnt from them and has no grades of its own.</returns>
    public PredictionGrade? Grade(IFittedAttributor attributor) => attributor switch
    {
        FittedCalibration calibration => Own(calibration.Report),
        FittedDeletionGaussianProcess process => Own(process.Report),
        // Regression on the bank's deletions fits them, and says nothing of others.
        FittedRegressionDatamodels => null,
        _ when deletions == 0 => null,
        _ => new PredictionGrade(
            (int)deletions,
            R2(leavingError, leavingSignal, leavingNoise),
            R2(stayingError, stayingSignal, stayingNoise),
            Math.Sqrt(Math.Max(0, leavingError - leavingNoise) / leaving),
            Math.Sqrt(Math.Max(0, stayingError - stayingNoise) / staying),
            LearntFromDeletions: false),
    };

    /// <summary>Whether attribution was fitted on the bank's deletions.</summary>
    public static bool LearntFromDeletions(IFittedAttributor attributor) => attributor is FittedCalibration or FittedDeletionGaussianProcess or FittedRegressionDatamodels;

    public void Dispose()
    {
        Request.Dispose();
        Spread.Dispose();
    }

    private static PredictionGrade Own(CalibrationReport report) => new(report.Deletions, report.HeldOutR2Leaving, report.HeldOutR2Staying, null, null, LearntFromDeletions: true);

    private static double R2(double error, double signal, double noise) => signal > noise ? 1 - (error - noise) / (signal - noise) : double.NaN;

    private void Add(Tensor error, Tensor truth, Tensor noise, bool[] gone)
    {
        var left = tensor(gone).unsqueeze(1).to_type(ScalarType.Float64);
        var stayed = left.neg().add(Held(1), Held(1));
        double Sum(Tensor values, Tensor which) => values.mul(which).sum().item<double>();
        leavingError += Sum(error.pow(Held(2)), left);
        leavingSignal += Sum(truth.pow(Held(2)), left);
        leavingNoise += Sum(noise, left);
        stayingError += Sum(error.pow(Held(2)), stayed);
        stayingSignal += Sum(truth.pow(Held(2)), stayed);
        stayingNoise += Sum(noise, stayed);
        leaving += gone.Count(value => value) * error.shape[1];
        staying += gone.Count(value => !value) * error.shape[1];
        deletions++;
    }
}
