using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>Grades predicted changes of logits on the bank's own deletions, which took place before the request and know nothing of it.</summary>
internal sealed class PredictionGrader(int deletions, int maxRows, ulong seed, IProgress<WorkProgress>? progress)
{
    /// <summary>Grades an attribution.</summary>
    /// <param name="subject">Bank, rows and attribution.</param>
    /// <param name="full">The bank's members trained on all rows.</param>
    /// <param name="validation">Validation rows to predict.</param>
    /// <param name="cancellationToken">Checked between deletions.</param>
    /// <returns>Null if there is no deletion, or attribution learnt from them and has no grades of its own.</returns>
    public PredictionGrade? Grade(AuditSubject subject, ModelStack full, LabeledRows validation, CancellationToken cancellationToken)
    {
        if (subject.Attributor is FittedCalibration calibration)
        {
            return Own(calibration.Report);
        }

        if (subject.Attributor is FittedDeletionGaussianProcess process)
        {
            return Own(process.Report);
        }

        var bank = subject.Bank;
        long[] ids = [.. Enumerable.Range(bank.FullMembers, bank.Members.Count - bank.FullMembers).Where(member => bank.Members[member].ExcludedRowIds.Count > 0).Select(member => (long)member)];
        // Regression on the bank's deletions fits them, and says nothing of others.
        if (ids.Length == 0 || subject.Attributor is FittedRegressionDatamodels)
        {
            return null;
        }

        int[] members = [.. StableRandom.Order(ids, StableRandom.Mix(seed, StableRandom.AuditRows, 1)).Take(deletions).Select(i => (int)ids[i])];
        var leaving = new Sums();
        var staying = new Sums();
        foreach (int member in members)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rows = subject.Rows;
            int[] gone = rows.IndexesOf(bank.Members[member].ExcludedRowIds);
            int[] chosen = [.. Sample(rows, gone, member), .. Sample(rows, [.. Enumerable.Range(0, rows.Count).Except(gone)], member)];
            int left = Math.Min(maxRows, gone.Length);
            var targets = cat([rows.Features.index_select(0, tensor(chosen.Select(row => (long)row).ToArray())), validation.Features]);
            using var change = subject.Attributor.Predict(
                new AttributionRequest
                {
                    Rows = rows,
                    ForgetRowIds = bank.Members[member].ExcludedRowIds,
                    Targets = targets,
                    TargetRowIds = [.. chosen.Select(row => (long?)rows.RowIds[row]), .. Enumerable.Repeat((long?)null, validation.Count)],
                    Students = subject.Original,
                },
                progress,
                cancellationToken);
            using var model = bank.Models.Final.Slice(member, 1);
            using var after = model.Logits(targets, cancellationToken: cancellationToken);
            using var before = full.Logits(targets, cancellationToken: cancellationToken);
            var fullLogits = Centre(before);
            var truth = Centre(after)[0].sub(fullLogits.mean([0]));
            // One model against a mean of M: the variance of seeds, once and once more over M.
            var noise = fullLogits.@var(0).mul(1 + 1.0 / full.Count);
            var error = Centre(change.IsPerModel ? change.Values[0] : change.Values).sub(truth);
            leaving.Add(error.slice(0, 0, left, 1), truth.slice(0, 0, left, 1), noise.slice(0, 0, left, 1));
            staying.Add(error.slice(0, left, targets.shape[0], 1), truth.slice(0, left, targets.shape[0], 1), noise.slice(0, left, targets.shape[0], 1));
        }

        return new PredictionGrade(members.Length, leaving.R2, staying.R2, leaving.RootError, staying.RootError, LearntFromDeletions: false);
    }

    /// <summary>Logits less their mean over classes, float64.</summary>
    public static Tensor Centre(Tensor logits) => TargetError.Centre(logits);

    private static PredictionGrade Own(CalibrationReport report) => new(report.Deletions, report.HeldOutR2Leaving, report.HeldOutR2Staying, null, null, LearntFromDeletions: true);

    private IEnumerable<int> Sample(LabeledRows rows, int[] from, int member)
    {
        long[] ids = [.. from.Select(row => rows.RowIds[row])];
        return StableRandom.Order(ids, StableRandom.Mix(seed, StableRandom.AuditRows, 2, (ulong)member)).Take(maxRows).Select(i => from[i]);
    }

    /// <summary>Squared errors and true changes, less the squares that noise adds to both.</summary>
    private sealed class Sums
    {
        private double error;
        private double signal;
        private double noise;
        private long count;

        public double R2 => signal > noise ? 1 - Math.Max(0, error - noise) / (signal - noise) : double.NaN;

        public double RootError => Math.Sqrt(Math.Max(0, error - noise) / count);

        public void Add(Tensor errors, Tensor truth, Tensor variance)
        {
            error += errors.square().sum().item<double>();
            signal += truth.square().sum().item<double>();
            noise += variance.sum().item<double>();
            count += errors.numel();
        }
    }
}
