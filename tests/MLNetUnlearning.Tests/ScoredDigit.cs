namespace MLNetUnlearning.Tests;

/// <summary>What a digit model predicts.</summary>
internal sealed class ScoredDigit
{
    public long RowId { get; set; }

    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }

    public string PredictedDigit { get; set; } = "";
}
