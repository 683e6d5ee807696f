using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>Runs a model on a batch of rows.</summary>
internal static class BatchScorer
{
    /// <summary>Scores all rows in one run.</summary>
    /// <param name="model">The model, under a lease.</param>
    /// <param name="columns">Its inputs.</param>
    /// <param name="cancellation">Stops the run between two nodes of the graph.</param>
    /// <returns>The outputs in the order of <see cref="ServedModel.Outputs"/>; the caller disposes them.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IDisposableReadOnlyCollection<OrtValue> Score(ServedModel model, IReadOnlyList<ColumnBuffer> columns, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var tensors = new List<OrtValue>(columns.Count);
        using var run = new RunOptions();
        using var stop = cancellation.Register(() => run.Terminate = true);
        try
        {
            tensors.AddRange(columns.Select(column => column.ToTensor()));
            return model.Session.Run(run, [.. columns.Select(column => column.Column.Name)], tensors, [.. model.Outputs.Select(output => output.Name)]);
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            tensors.ForEach(tensor => tensor.Dispose());
        }
    }

    /// <summary>Scores one row of zeros and empty texts and writes the answer: what fails here would fail every request.</summary>
    /// <exception cref="OnnxRuntimeException">The model does not run.</exception>
    /// <exception cref="NotSupportedException">An input or output has no JSON form.</exception>
    public static void Try(ServedModel model)
    {
        using var outputs = Score(model, [.. model.Inputs.Select(input => ColumnBuffer.Create(input, rows: 1))], CancellationToken.None);
        ScoreAnswer.Write(model, outputs, rows: 1);
    }
}
