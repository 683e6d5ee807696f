using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>
/// Tests one unlearned model without retraining for its request: against bank members that saw or never saw the forgotten rows, against predicted outputs, whose errors are
/// measured on deletions of the bank, and for damage elsewhere. Costs a prediction per deletion of the bank.
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
        using var rows = new AuditRows(subject, forget, options.MaxRows, options.Seed);
        using var members = subject.Bank.Models.Final.Logits(rows.Features, cancellationToken: cancellationToken);
        using var original = subject.Original.Logits(rows.Features, cancellationToken: cancellationToken);
        using var unlearned = subject.Unlearned.Logits(rows.Features, cancellationToken: cancellationToken);
        using var predictions = BankPredictions.Of(subject, rows, members, options.Progress, cancellationToken);
        float[,] memberMargins = Margins.Of(members, rows.Labels);
        float[] Only(Tensor logits)
        {
            float[,] margins = Margins.Of(logits, rows.Labels);
            return [.. Enumerable.Range(0, margins.GetLength(1)).Select(row => margins[0, row])];
        }

        float[] originalMargins = Only(original), unlearnedMargins = Only(unlearned);
        var membership = Membership(subject, rows, memberMargins, originalMargins, unlearnedMargins, predictions);
        var prediction = predictions.Grade(subject.Attributor);
        var left = rows.Comparable(unlearned[0]).sub(rows.Comparable(original[0])).sub(predictions.Request);
        TargetResidual Residual(int[] set)
        {
            var index = tensor(set.Select(row => (long)row).ToArray());
            double Root(Tensor squares) => squares.index_select(0, index).mean().sqrt().item<double>();
            return new TargetResidual(set.Length, Root(predictions.Request.pow(Held(2))), Root(left.pow(Held(2))), Root(predictions.Spread));
        }

        OutputShift Shift(int[] set) => Move(memberMargins, subject.Bank.FullMembers, originalMargins, unlearnedMargins, rows.MarginPositions(set), set.Length);
        return new AuditReport
        {
            Method = subject.Method,
            ForgetRows = forget.Length,
            BankMembers = subject.Bank.Members.Count,
            Membership = membership,
            Prediction = prediction,
            ForgetResidual = Residual(rows.Forget),
            RetainResidual = Residual(rows.Retain),
            ValidationResidual = Residual(rows.ValidationPositions),
            MatchResidual = subject.MatchResidual,
            RetainShift = Shift(rows.Retain),
            ValidationShift = Shift(rows.ValidationPositions),
            OriginalAccuracy = OutputSample.Of(subject.Original, subject.Validation, cancellationToken).Accuracy,
            UnlearnedAccuracy = OutputSample.Of(subject.Unlearned, subject.Validation, cancellationToken).Accuracy,
            NotTested = NotTested(membership, prediction, BankPredictions.LearntFromDeletions(subject.Attributor)),
        };
    }

    private static void Check(AuditSubject subject)
    {
        var (graph, rows, validation) = (subject.Bank.Graph, subject.Rows, subject.Validation);
        if (graph.InputSize != rows.FeatureCount || graph.OutputSize != rows.OutputCount || validation.FeatureCount != rows.FeatureCount || validation.HasValues != rows.HasValues || validation.OutputCount != rows.OutputCount)
        {
            throw new ArgumentException(
                $"The bank's network takes {graph.InputSize} features and gives {graph.OutputSize} outputs, the training rows have {rows.FeatureCount} and {rows.OutputCount} {rows.OutputNoun}, the validation rows {validation.FeatureCount} and {validation.OutputCount} {validation.OutputNoun}. Read both through the same pipeline.",
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

    private static MembershipResult? Membership(AuditSubject subject, AuditRows rows, float[,] members, float[] original, float[] unlearned, BankPredictions predictions)
    {
        int count = subject.Bank.Members.Count, width = rows.MarginsOfRow, training = rows.Training.Count * width;
        var margins = new float[count, training];
        var saw = new bool[count, training];
        for (int member = 0; member < count; member++)
        {
            var lacks = subject.Bank.Members[member].ExcludedRowIds.ToHashSet();
            for (int i = 0; i < training; i++)
            {
                margins[member, i] = members[member, i];
                saw[member, i] = !lacks.Contains(rows.Training.RowIds[i / width]);
            }
        }

        return MembershipTest.OnBank(unlearned[..training], original[..training], margins, saw, rows.MarginPositions(rows.Forget), predictions.Margins);
    }

    private static OutputShift Move(float[,] members, int count, float[] original, float[] unlearned, int[] set, int rows)
    {
        double Distance(Func<int, float> margin, int without)
        {
            double sum = 0;
            foreach (int row in set)
            {
                double mean = 0;
                for (int member = 0; member < count; member++)
                {
                    mean += member == without ? 0 : members[member, row];
                }

                sum += Math.Abs(margin(row) - mean / (without < 0 ? count : count - 1));
            }

            return sum / set.Length;
        }

        return new OutputShift(rows, Distance(row => unlearned[row], -1), Distance(row => original[row], -1), Enumerable.Range(0, count).Max(member => Distance(row => members[member, row], member)), count);
    }

    private static string[] NotTested(MembershipResult? membership, PredictionGrade? prediction, bool learnt) =>
    [
        "Retraining for this request: no model was trained without exactly these rows, so how close the outputs come to a retrained model's is predicted, not measured.",
        "The method on other models: one deployed model was tested, not a distribution of them.",
        .. membership is null ? (string[])["Membership: too few bank members lack the forgotten rows. Train a bank with more members (ModelBankOptions.Members)."]
            : membership.Unlearned.Rows < membership.RowsAsked ? [$"Membership of {membership.RowsAsked - membership.Unlearned.Rows} of {membership.RowsAsked} rows, which too few bank members lack."]
            : [],
        .. prediction is null ? (string[])["How well predictions hold up: the bank has no deletions that attribution has not learnt from."] : [],
        .. membership is not null && learnt ? (string[])["How often the membership test raises false alarms: attribution has learnt from the deletions that its null consists of, so its null is too narrow."] : [],
        "The weights: outputs were compared, and weights may hold what outputs do not show.",
        "Preprocessing fitted on the forgotten rows, copies and backups of rows or models, and requests served before.",
    ];
}
