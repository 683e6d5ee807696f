using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>
/// Tests one unlearned model without retraining for its request: against bank members that saw or never saw the forgotten rows, against predicted logits, whose errors are
/// measured on deletions of the bank, and for damage elsewhere.
/// </summary>
public sealed class Auditor
{
    private readonly AuditOptions options;

    /// <summary>Creates an auditor.</summary>
    /// <param name="options">Settings; checked here.</param>
    public Auditor(AuditOptions options)
    {
        options.Validate();
        this.options = options;
    }

    /// <summary>Runs the tests.</summary>
    /// <param name="subject">What to test.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="ArgumentException">The models do not fit the bank or the rows, or the bank has fewer than 3 members trained on all rows; thrown before any work.</exception>
    /// <exception cref="RowDataException">The request does not fit the rows; thrown before any work.</exception>
    public AuditReport Audit(AuditSubject subject, CancellationToken cancellationToken = default)
    {
        int[] forget = subject.Request.Resolve(subject.Rows);
        Check(subject);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Report(0, 4);
        using var retained = Draw(subject.Rows, [.. Enumerable.Range(0, subject.Rows.Count).Except(forget)]);
        using var validation = Draw(subject.Validation, [.. Enumerable.Range(0, subject.Validation.Count)]);
        using var forgotten = subject.Rows.Select(forget);
        using var full = subject.Bank.Models.Final.Slice(0, subject.Bank.FullMembers);

        var membership = Membership(subject, forget, cancellationToken);
        Report(1, 4);
        TargetResidual Residual(LabeledRows rows, bool areTraining) => Compare(subject, full, rows, areTraining, cancellationToken);
        var (forgetResidual, retainResidual, validationResidual) = (Residual(forgotten, true), Residual(retained, true), Residual(validation, false));
        Report(2, 4);
        var prediction = new PredictionGrader(options.Deletions, options.MaxRows, options.Seed, options.Progress).Grade(subject, full, validation, cancellationToken);
        Report(3, 4);
        OutputShift Shift(LabeledRows rows) => Move(subject, full, rows, cancellationToken);
        var report = new AuditReport
        {
            Method = subject.Method,
            ForgetRows = forget.Length,
            BankMembers = subject.Bank.Members.Count,
            Membership = membership,
            Prediction = prediction,
            ForgetResidual = forgetResidual,
            RetainResidual = retainResidual,
            ValidationResidual = validationResidual,
            MatchResidual = subject.MatchResidual,
            RetainShift = Shift(retained),
            ValidationShift = Shift(validation),
            OriginalAccuracy = OutputSample.Of(subject.Original, subject.Validation, cancellationToken).Accuracy,
            UnlearnedAccuracy = OutputSample.Of(subject.Unlearned, subject.Validation, cancellationToken).Accuracy,
            NotTested = NotTested(membership, prediction),
        };
        Report(4, 4);
        return report;
    }

    private static void Check(AuditSubject subject)
    {
        var graph = subject.Bank.Graph;
        if (graph.InputSize != subject.Rows.FeatureCount || graph.OutputSize != subject.Rows.Classes || subject.Validation.FeatureCount != subject.Rows.FeatureCount || subject.Validation.Classes != subject.Rows.Classes)
        {
            throw new ArgumentException(
                $"The bank's network takes {graph.InputSize} features and {graph.OutputSize} classes, the training rows have {subject.Rows.FeatureCount} and {subject.Rows.Classes}, the validation rows {subject.Validation.FeatureCount} and {subject.Validation.Classes}. Read both through the same pipeline.",
                nameof(subject));
        }

        foreach (var model in new[] { subject.Original, subject.Unlearned })
        {
            if (model.Count != 1 || model.Graph.InputSize != graph.InputSize || model.Graph.OutputSize != graph.OutputSize)
            {
                throw new ArgumentException("An audit tests one model of the bank's shape, before and after it unlearned. Hand in stacks of one model.", nameof(subject));
            }
        }

        if (subject.Bank.FullMembers < 3)
        {
            throw new ArgumentException($"An audit needs a bank with at least 3 members trained on all rows; this one has {subject.Bank.FullMembers}. Raise ModelBankOptions.FullMembers.", nameof(subject));
        }
    }

    /// <summary>Some rows at random, ascending.</summary>
    private LabeledRows Draw(LabeledRows rows, int[] from)
    {
        long[] ids = [.. from.Select(row => rows.RowIds[row])];
        return rows.Select([.. StableRandom.Order(ids, StableRandom.Mix(options.Seed, StableRandom.AuditRows)).Take(options.MaxRows).Select(i => from[i]).Order()]);
    }

    private static MembershipResult? Membership(AuditSubject subject, int[] forget, CancellationToken cancellationToken)
    {
        var rows = subject.Rows;
        var members = OutputSample.Of(subject.Bank.Models.Final, rows, cancellationToken).Margins;
        var saw = new bool[subject.Bank.Members.Count, rows.Count];
        for (int member = 0; member < subject.Bank.Members.Count; member++)
        {
            var lacks = subject.Bank.Members[member].ExcludedRowIds.ToHashSet();
            for (int row = 0; row < rows.Count; row++)
            {
                saw[member, row] = !lacks.Contains(rows.RowIds[row]);
            }
        }

        float[] Margins(ModelStack model) => Verifier.FirstOf(OutputSample.Of(model, rows, cancellationToken));
        return MembershipTest.OnBank(Margins(subject.Unlearned), Margins(subject.Original), members, saw, forget);
    }

    private TargetResidual Compare(AuditSubject subject, ModelStack full, LabeledRows rows, bool areTraining, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var change = subject.Attributor.Predict(
            new AttributionRequest
            {
                Rows = subject.Rows,
                ForgetRowIds = subject.Request.ForgetRowIds,
                Targets = rows.Features,
                TargetRowIds = areTraining ? [.. rows.RowIds.Select(id => (long?)id)] : null,
                Students = subject.Original,
            },
            options.Progress,
            cancellationToken);
        Tensor Logits(ModelStack models)
        {
            using var logits = models.Logits(rows.Features, cancellationToken: cancellationToken);
            return PredictionGrader.Centre(logits);
        }

        var predicted = PredictionGrader.Centre(change.IsPerModel ? change.Values[0] : change.Values);
        var left = Logits(subject.Unlearned)[0].sub(Logits(subject.Original)[0]).sub(predicted);
        static double Root(Tensor squares) => squares.mean().sqrt().item<double>();
        return new TargetResidual(rows.Count, Root(predicted.square()), Root(left.square()), Root(Logits(full).@var(0)));
    }

    private static OutputShift Move(AuditSubject subject, ModelStack full, LabeledRows rows, CancellationToken cancellationToken)
    {
        var members = OutputSample.Of(full, rows, cancellationToken).Margins;
        int count = members.GetLength(0);
        double Distance(Func<int, float> margin, int without)
        {
            double sum = 0;
            for (int row = 0; row < rows.Count; row++)
            {
                double mean = 0;
                for (int member = 0; member < count; member++)
                {
                    mean += member == without ? 0 : members[member, row];
                }

                sum += Math.Abs(margin(row) - mean / (without < 0 ? count : count - 1));
            }

            return sum / rows.Count;
        }

        double Model(ModelStack model)
        {
            float[] margins = Verifier.FirstOf(OutputSample.Of(model, rows, cancellationToken));
            return Distance(row => margins[row], -1);
        }

        return new OutputShift(rows.Count, Model(subject.Unlearned), Model(subject.Original), Enumerable.Range(0, count).Max(member => Distance(row => members[member, row], member)), count);
    }

    private static string[] NotTested(MembershipResult? membership, PredictionGrade? prediction) =>
    [
        "Retraining for this request: no model was trained without exactly these rows, so how close the outputs come to a retrained model's is predicted, not measured.",
        "The method on other models: one deployed model was tested, not a distribution of them.",
        .. membership is null ? (string[])["Membership: too few bank members lack the forgotten rows. Train a bank with more members (ModelBankOptions.Members)."]
            : membership.Unlearned.Rows < membership.RowsAsked ? [$"Membership of {membership.RowsAsked - membership.Unlearned.Rows} of {membership.RowsAsked} rows, which too few bank members lack."]
            : [],
        .. prediction is null ? (string[])["How well predictions hold up: the bank has no deletions that attribution has not learnt from."] : [],
        "The weights: outputs were compared, and weights may hold what outputs do not show.",
        "Preprocessing fitted on the forgotten rows, copies and backups of rows or models, and requests served before.",
    ];

    private void Report(int done, int total) => options.Progress?.Report(new WorkProgress("auditing", done, total));
}
