namespace MLNetUnlearning.Tests.Attribution;

/// <summary>A digit with its predicted scores after a deletion.</summary>
internal sealed class PreviewedDigit
{
    public float[] PredictedScore { get; set; } = [];
}
