namespace MLNetUnlearning.Verification;

/// <summary>How far unlearned models are from models retrained without the forget set, measured on N models of each kind.</summary>
/// <remarks>Measurements only; <see cref="Judge"/> sets them against bounds, and <see cref="NotTested"/> says what they do not cover.</remarks>
public sealed record VerificationReport : IVerificationReport
{
    /// <summary>Name of the unlearning method.</summary>
    public required string Method { get; init; }

    /// <summary>Number N of students, of oracles and of held-out oracles.</summary>
    public required int Models { get; init; }

    /// <summary>Number of rows forgotten.</summary>
    public required int ForgetRows { get; init; }

    /// <summary>Unlearned students against oracles.</summary>
    public required KlomBySet Unlearned { get; init; }

    /// <summary>Students as they were trained, against oracles: what unlearning has to improve on.</summary>
    public required KlomBySet DoNothing { get; init; }

    /// <summary>Held-out oracles against oracles: the floor that sampling alone gives; nothing can be told to be better.</summary>
    public required KlomBySet Floor { get; init; }

    /// <summary>U-LiRA on the rows to forget.</summary>
    public required ULiraComparison ULira { get; init; }

    /// <summary>Other gaps to the oracles: accuracy, loss, confidence, Kolmogorov-Smirnov and Jensen-Shannon.</summary>
    public required OutputComparison Outputs { get; init; }

    /// <summary>Membership test on the one deployed model, with the verification's students and oracles as shadow models; null if no deployed model was handed in.</summary>
    public MembershipResult? Membership { get; init; }

    /// <summary>Distance of weights to the oracles'; null unless the network is convex.</summary>
    public ParameterDistance? Parameters { get; init; }

    /// <summary>What this verification did not test, one sentence each.</summary>
    public required IReadOnlyList<string> NotTested { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the students as trained, from 0 to 1; for values the coefficient of determination R², at most 1.</summary>
    public required double OriginalAccuracy { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the unlearned students, or R².</summary>
    public required double UnlearnedAccuracy { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the oracles, or R².</summary>
    public required double OracleAccuracy { get; init; }

    /// <summary>Time to retrain one model on its own, measured in this run.</summary>
    public required TimeSpan RetrainOne { get; init; }

    /// <summary>Time to train the N oracles, many at once, measured in this run.</summary>
    public required TimeSpan TrainOracles { get; init; }

    /// <summary>Time to predict outputs for the request; shared by all models.</summary>
    public required TimeSpan Attribution { get; init; }

    /// <summary>Time to fine-tune one model on its own, measured in this run.</summary>
    public required TimeSpan FineTuneOne { get; init; }

    /// <inheritdoc/>
    public VerificationMode Mode => VerificationMode.Full;

    /// <inheritdoc/>
    public IReadOnlyList<VerificationCheck> Judge(VerificationBounds? bounds = null)
    {
        bounds ??= new VerificationBounds();
        bounds.Validate();
        VerificationCheck Klom(string set, KlomSummary measured, KlomSummary floor, double times) => new(
            $"klom-{set}", measured.TimesFloor(floor), times, 1, FormattableString.Invariant($"95th percentile of KLoM over {measured.Rows} rows as a multiple of the floor {floor.P95:f3}, N = {measured.Models}"));
        var checks = new List<VerificationCheck>
        {
            Klom("forget", Unlearned.Forget, Floor.Forget, bounds.ForgetTimesFloor),
            Klom("retain", Unlearned.Retain, Floor.Retain, bounds.RetainTimesFloor),
            Klom("validation", Unlearned.Validation, Floor.Validation, bounds.ValidationTimesFloor),
            new("u-lira", ULira.Unlearned.Accuracy, ULira.Null.Accuracy + bounds.ULiraExcess, ULira.Null.Accuracy, $"accuracy of the attack on {ULira.Unlearned.Rows} rows, N = {ULira.Unlearned.Targets}"),
            new("accuracy", Math.Abs(Outputs.Unlearned.Validation.Accuracy), bounds.AccuracyTolerance, Math.Abs(Outputs.Floor.Validation.Accuracy), $"difference of accuracy (R² of values) on validation rows from the oracles', N = {Models}"),
        };
        if (Membership is { } membership)
        {
            checks.Add(membership.ToCheck());
        }

        return checks;
    }
}
