namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Runs a model on a part of buffers, whose memory is bound to the model's inputs and outputs once for a number of rows.</summary>
/// <param name="session">The model.</param>
/// <param name="inputs">Values of all inputs.</param>
/// <param name="outputs">Receive the outputs.</param>
/// <param name="first">First row of the part.</param>
internal sealed class OnnxRun(OnnxSession session, IReadOnlyList<TensorBuffer> inputs, IReadOnlyList<TensorBuffer> outputs, int first) : IDisposable
{
    // A cursor comes with full batches and, in the end, one that is not.
    private BoundRows? latest, other;

    /// <summary>Runs the model on the first rows of the part.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Compute(int rows)
    {
        if (latest?.Rows != rows)
        {
            (latest, other) = (other, latest);
        }

        if (latest?.Rows != rows)
        {
            latest?.Dispose();
            latest = null;
            latest = new BoundRows(session, inputs, outputs, first, rows);
        }

        latest.Run();
    }

    public void Dispose()
    {
        latest?.Dispose();
        other?.Dispose();
        (latest, other) = (null, null);
    }
}
