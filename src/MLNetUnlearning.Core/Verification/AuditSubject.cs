using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Verification;

/// <summary>What an audit looks at: one unlearned model and what was at hand when it was made.</summary>
public sealed class AuditSubject
{
    /// <summary>Name of the unlearning method.</summary>
    public required string Method { get; init; }

    /// <summary>The request that was served.</summary>
    public required UnlearningRequest Request { get; init; }

    /// <summary>The model before it unlearned, a stack of one.</summary>
    public required ModelStack Original { get; init; }

    /// <summary>The model after it unlearned, a stack of one.</summary>
    public required ModelStack Unlearned { get; init; }

    /// <summary>All rows that the model was trained on, those to forget among them.</summary>
    public required LabeledRows Rows { get; init; }

    /// <summary>Rows that no model was trained on.</summary>
    public required LabeledRows Validation { get; init; }

    /// <summary>The model bank, as it was when the request came.</summary>
    public required ModelBank Bank { get; init; }

    /// <summary>Attribution fitted on <see cref="Rows"/>.</summary>
    public required IFittedAttributor Attributor { get; init; }

    /// <summary>Match residual that the method reports of itself; null if it has none.</summary>
    public double? MatchResidual { get; init; }
}
