namespace MLNetUnlearning.Benchmarks;

/// <summary>A way to score all rows of a case.</summary>
/// <param name="Name">Name.</param>
/// <param name="Threads">Threads that it may keep busy.</param>
/// <param name="Passes">How often a round repeats it, so that it is not too short to time.</param>
/// <param name="Read">Scores all rows once.</param>
internal sealed record ScoringWay(string Name, int Threads, int Passes, Action Read)
{
    /// <summary>Whether it is ONNX Runtime alone, without a data view.</summary>
    public bool IsBare { get; init; }
}
