namespace MLNetUnlearning.Scoring;

/// <summary>Runs a trained network. Safe to share between threads.</summary>
internal interface INetworkEngine : IDisposable
{
    /// <summary>Threads that score for one cursor at the same time, where the caller named no number.</summary>
    int Workers { get; }

    /// <summary>Creates a block.</summary>
    /// <param name="shape">Rows that it holds.</param>
    NetworkBlock CreateBlock(BatchShape shape);
}
