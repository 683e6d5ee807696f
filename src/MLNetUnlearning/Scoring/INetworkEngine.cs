namespace MLNetUnlearning.Scoring;

/// <summary>Runs a trained network. Safe to share between threads.</summary>
internal interface INetworkEngine : IDisposable
{
    /// <summary>Creates a block.</summary>
    /// <param name="capacity">Most rows.</param>
    NetworkBlock CreateBlock(int capacity);
}
