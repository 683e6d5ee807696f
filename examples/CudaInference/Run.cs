using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;

namespace CudaInference;

/// <summary>One pass over the rows on one device.</summary>
/// <param name="Scores">Class probabilities of all rows, one after the other.</param>
/// <param name="RowsPerSecond">Of the whole pass, from the data view to the scores.</param>
internal sealed record Run(float[] Scores, double RowsPerSecond)
{
    /// <summary>Scores all rows.</summary>
    /// <exception cref="InvalidOperationException">CUDA is asked for and cannot be used; the message says why.</exception>
    public static Run On(ScoringProvider provider, MLContext ml, Settings settings, IDataView rows)
    {
        using var model = ml.Transforms.ScoreOnnx(settings.Model, new ScoringOptions
        {
            Provider = provider,
            DeviceId = settings.Device,
            FallbackToCpu = false,
            BatchSize = settings.Batch,
            IntraOpThreads = 0,
        }).Fit(rows);
        var scored = model.Transform(rows);

        // The first batches load kernels and grow buffers.
        Read(ml.Data.TakeRows(scored, 2 * settings.Batch));
        var clock = Stopwatch.StartNew();
        float[] scores = Read(scored);
        return new Run(scores, settings.Rows / clock.Elapsed.TotalSeconds);
    }

    /// <summary>Largest difference of a probability.</summary>
    public double DistanceFrom(Run other) => Scores.Zip(other.Scores, (a, b) => Math.Abs((double)a - b)).Max();

    private static float[] Read(IDataView scored)
    {
        var column = scored.Schema["Score"];
        var scores = new List<float>();
        using var cursor = scored.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            getter(ref buffer);
            scores.AddRange(buffer.GetValues());
        }

        return [.. scores];
    }
}
