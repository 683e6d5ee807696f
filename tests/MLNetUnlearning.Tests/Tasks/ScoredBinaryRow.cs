namespace MLNetUnlearning.Tests.Tasks;

/// <summary>Predictions of a binary classifier.</summary>
internal sealed class ScoredBinaryRow
{
    public long RowId { get; set; }

    public bool Label { get; set; }

    public bool PredictedLabel { get; set; }

    public float Score { get; set; }

    public float Probability { get; set; }
}
