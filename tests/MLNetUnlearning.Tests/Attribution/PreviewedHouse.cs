namespace MLNetUnlearning.Tests.Attribution;

/// <summary>A row with its value, and the value it is predicted to have after a deletion.</summary>
internal sealed class PreviewedHouse
{
    public long RowId { get; set; }

    public float Score { get; set; }

    public float PredictedScore { get; set; }

    public float PredictedScoreLower { get; set; }

    public float PredictedScoreUpper { get; set; }
}
