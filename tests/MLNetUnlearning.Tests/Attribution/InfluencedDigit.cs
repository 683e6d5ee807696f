namespace MLNetUnlearning.Tests.Attribution;

/// <summary>A scored digit with the training rows that moved it.</summary>
internal sealed class InfluencedDigit
{
    public long RowId { get; set; }

    public string PredictedDigit { get; set; } = "";

    public long[] InfluentialRowIds { get; set; } = [];

    public float[] InfluenceScores { get; set; } = [];
}
