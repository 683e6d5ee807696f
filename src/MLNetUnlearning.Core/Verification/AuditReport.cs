namespace MLNetUnlearning.Verification;

/// <summary>What can be said of one unlearned model without retraining for its request.</summary>
/// <remarks>
/// It finds a model that still knows the forgotten rows, one that was pushed too far, one that has broken, and one that is not what attribution predicts. It cannot show that the
/// outputs are those of a retrained model: for that, verify in full (<see cref="Verifier"/>).
/// </remarks>
public sealed record AuditReport : IVerificationReport
{
    /// <inheritdoc/>
    public VerificationMode Mode => VerificationMode.Audit;

    /// <inheritdoc/>
    public required string Method { get; init; }

    /// <inheritdoc/>
    public required int ForgetRows { get; init; }

    /// <summary>Number of the bank's members, those trained on all rows included.</summary>
    public required int BankMembers { get; init; }

    /// <summary>Membership test on the deployed model, with bank members as shadow models; null if the bank has too few members that lack the rows.</summary>
    public MembershipResult? Membership { get; init; }

    /// <summary>How well predictions held up on deletions of the bank; null if the bank has none, or attribution learnt from them and has no grades of its own.</summary>
    public PredictionGrade? Prediction { get; init; }

    /// <summary>Distance to the predicted outputs on the forgotten rows.</summary>
    public required TargetResidual ForgetResidual { get; init; }

    /// <summary>The same on retained rows.</summary>
    public required TargetResidual RetainResidual { get; init; }

    /// <summary>The same on validation rows, which no method is fitted on.</summary>
    public required TargetResidual ValidationResidual { get; init; }

    /// <summary>Match residual that the method reports of itself, on the rows that it was fitted on; null if it has none.</summary>
    public double? MatchResidual { get; init; }

    /// <summary>Shift of the margins on retained rows.</summary>
    public required OutputShift RetainShift { get; init; }

    /// <summary>Shift of the margins on validation rows.</summary>
    public required OutputShift ValidationShift { get; init; }

    /// <summary>Share of validation rows that the model classified rightly before, from 0 to 1; for values R².</summary>
    public required double OriginalAccuracy { get; init; }

    /// <summary>Share of validation rows that the unlearned model classifies rightly; for values R².</summary>
    public required double UnlearnedAccuracy { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<string> NotTested { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<VerificationCheck> Judge(VerificationBounds? bounds = null)
    {
        bounds ??= new VerificationBounds();
        bounds.Validate();
        VerificationCheck Shift(string set, OutputShift shift) => new(
            $"shift-{set}", shift.Unlearned / shift.Null, bounds.ShiftTimesNull, 1, FormattableString.Invariant($"mean distance of margins from full members' on {shift.Rows} rows as a multiple of the furthest full member's {shift.Null:f3}, N = {shift.NullModels}"));
        return
        [
            Membership?.ToCheck() ?? new("membership", double.NaN, 0, 0, "not tested: too few bank members lack the forgotten rows"),
            new("residual-forget", ForgetResidual.Residual / ForgetResidual.SeedSpread, bounds.ResidualTimesSpread, null, FormattableString.Invariant($"distance to predicted outputs on {ForgetResidual.Rows} rows as a multiple of the spread of seeds {ForgetResidual.SeedSpread:f3}")),
            Shift("retain", RetainShift),
            Shift("validation", ValidationShift),
            new("accuracy", Math.Abs(UnlearnedAccuracy - OriginalAccuracy), bounds.AccuracyTolerance, null, $"change of accuracy on validation rows, one model"),
        ];
    }
}
