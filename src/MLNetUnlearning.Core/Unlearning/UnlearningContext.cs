using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>What an unlearning method works with.</summary>
public sealed class UnlearningContext
{
    /// <summary>The trained models; not changed.</summary>
    public required ModelStack Models { get; init; }

    /// <summary>The rows that the models were trained on.</summary>
    public required LabeledRows Rows { get; init; }

    /// <summary>Attribution fitted on the same rows; null if there is none.</summary>
    public IFittedAttributor? Attributor { get; init; }
}
