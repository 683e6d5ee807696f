namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Runs a model on the parts of buffers, each on its own so that several can run at the same time. Belongs to one cursor.</summary>
internal sealed class OnnxRuns : IDisposable
{
    private readonly OnnxRun[] parts;
    private readonly int rowsOfPart;

    /// <param name="session">The model.</param>
    /// <param name="inputs">Values of all inputs.</param>
    /// <param name="outputs">Receive the outputs.</param>
    /// <param name="shape">The parts.</param>
    public OnnxRuns(OnnxSession session, IReadOnlyList<TensorBuffer> inputs, IReadOnlyList<TensorBuffer> outputs, BatchShape shape)
    {
        rowsOfPart = shape.Rows;
        parts = [.. Enumerable.Range(0, shape.Parts).Select(part => new OnnxRun(session, inputs, outputs, part * shape.Rows))];
    }

    /// <summary>Runs the model on the first rows of a part.</summary>
    /// <param name="first">First row of the part.</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Compute(int first, int rows) => parts[first / rowsOfPart].Compute(rows);

    public void Dispose()
    {
        foreach (var part in parts)
        {
            part.Dispose();
        }
    }
}
