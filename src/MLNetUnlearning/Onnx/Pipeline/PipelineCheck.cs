using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Scores sample rows in ONNX Runtime and compares them with the ML.NET model.</summary>
internal static class PipelineCheck
{
    /// <summary>
    /// Largest difference of a score that a file may show, relative to the larger of the score and its unit (1, or the standard deviation of the label): float32 sums in another order stay far below it, wrong steps do not.
    /// </summary>
    public const double Tolerance = 1e-5;

    /// <summary>Scores the rows in one batch.</summary>
    /// <param name="model">The file's content.</param>
    /// <param name="inputs">Names of the inputs, in the order of the sample's columns.</param>
    /// <param name="options">Names of the outputs.</param>
    /// <param name="sample">The rows.</param>
    /// <param name="path">Full path that the file will have.</param>
    /// <exception cref="OnnxParityException">The model scores otherwise.</exception>
    public static OnnxExportReport Run(byte[] model, IReadOnlyCollection<string> inputs, OnnxExportOptions options, SampleRows sample, string path)
    {
        var values = sample.Inputs.Select(input => input.ToValue()).ToArray();
        try
        {
            using var session = new InferenceSession(model);
            using var run = new RunOptions();
            bool decides = sample.Decisions.Length > 0;
            using var results = session.Run(run, inputs, values, [options.ScoreName, .. decides ? [options.PredictedIndexName] : Array.Empty<string>()]);
            return Compare(sample, results[0].GetTensorDataAsSpan<float>(), decides ? results[1].GetTensorDataAsSpan<long>() : [], path, model.Length);
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }

    private static OnnxExportReport Compare(SampleRows sample, ReadOnlySpan<float> scores, ReadOnlySpan<long> indexes, string path, long bytes)
    {
        double largest = 0;
        int size = sample.Scores.Length / sample.Count;
        for (int i = 0; i < sample.Scores.Length; i++)
        {
            double difference = Math.Abs((double)scores[i] - sample.Scores[i]);
            if (!double.IsFinite(difference))
            {
                throw new OnnxParityException(
                    $"Sample row {i / size + 1} has a score that is not a finite number, so it cannot be compared. Give sample rows without missing or infinite features.", null);
            }

            largest = Math.Max(largest, difference / Math.Max(sample.Units[i % size], Math.Abs(sample.Scores[i])));
        }

        int differing = 0;
        for (int i = 0; i < indexes.Length; i++)
        {
            differing += indexes[i] == sample.Decisions[i] ? 0 : 1;
        }

        var report = new OnnxExportReport(path, bytes, sample.Count, largest, differing);
        return largest <= Tolerance && differing == 0
            ? report
            : throw new OnnxParityException(
                $"The ONNX model does not score like the ML.NET model: over {report.RowsChecked} sample rows scores differ by up to {largest:g3} (allowed {Tolerance:g1}) and "
                + $"{differing} predicted labels differ. Nothing was written. A step before the network may do more than its columns show; apply it before the exported model.",
                report);
    }
}
