namespace MLNetUnlearning.Scoring;

/// <summary>Features and scores of a block of rows. Belongs to one cursor.</summary>
internal abstract class NetworkBlock : IDisposable
{
    /// <summary>Features row by row.</summary>
    public abstract float[] Features { get; }

    /// <summary>Scores row by row.</summary>
    public abstract float[] Scores { get; }

    /// <summary>Scores the first rows of a part.</summary>
    /// <param name="first">First row of the part.</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public abstract void Compute(int first, int rows);

    /// <summary>Frees what the block holds.</summary>
    public abstract void Dispose();
}
