using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Resident memory over many rounds of what a service does with a model: fit, score, forget, save, load, score. Everything that is made is disposed; what stays is a leak. Files of all kinds count as well.
/// </summary>
internal static class LeakBenchmark
{
    private const int Warm = 20;

    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        int cycles = quick ? 40 : 200;
        var folder = Directory.CreateTempSubdirectory("leak-");
        try
        {
            var ml = new MLContext(seed: 1) { TempFilePath = Directory.CreateDirectory(Path.Combine(folder.FullName, "temp")).FullName };
            string file = Path.Combine(folder.FullName, "model.zip");
            var train = ml.Data.LoadFromEnumerable(Rows());
            double warm = 0;
            for (int cycle = 1; cycle <= cycles; cycle++)
            {
                Cycle(ml, train, file);
                if (cycle % Warm != 0)
                {
                    continue;
                }

                double megabytes = Resident();
                warm = cycle == Warm ? megabytes : warm;
                yield return new Dictionary<string, object?>
                {
                    ["cycles"] = cycle,
                    ["residentMegabytes"] = megabytes,
                    ["growthSinceWarm"] = megabytes - warm,
                    ["temporaryFiles"] = Directory.EnumerateFileSystemEntries(ml.TempFilePath).Count(),
                };
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Cycle(MLContext ml, IDataView train, string file)
    {
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
            {
                Network = NetworkSpec.Mlp(32),
                Epochs = 3,
                Bank = new ModelBankOptions { Members = 3, FullMembers = 3 },
                Attribution = new GaussNewtonInfluenceOptions { ProjectionSize = 4 },
            }));
        using var model = pipeline.Fit(train);
        using var unlearned = model.Unlearn(ml, train, [3, 5, 8, 13], new DatamodelMatchingOptions { Epochs = 1 });
        Score(model, train);
        Score(unlearned, train);
        ml.Unlearning.Save(unlearned, train.Schema, file);
        var loaded = ml.Unlearning.Load(file, out _);
        Score(loaded, train);
        (loaded as IDisposable)?.Dispose();
        var stock = ml.Model.Load(file, out _);
        Score(stock, train);
        (stock as IDisposable)?.Dispose();
    }

    private static void Score(ITransformer model, IDataView rows)
    {
        var scores = model.Transform(rows).GetColumn<float[]>("Score").ToArray();
        if (scores.Any(row => row.Any(float.IsNaN)))
        {
            throw new InvalidOperationException("A score is not a number.");
        }
    }

    // Garbage that is due anyway is not a leak.
    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static Row[] Rows()
    {
        var (train, test) = DigitsData.Load();
        using (train)
        using (test)
        {
            float[] pixels = train.Features.data<float>().ToArray();
            long[] labels = train.Labels.data<long>().ToArray();
            return [.. pixels.Chunk(64).Zip(labels).Take(300).Select((pair, i) => new Row { RowId = i, Pixels = pair.First, Digit = $"d{pair.Second}" })];
        }
    }

    private sealed class Row
    {
        public long RowId { get; set; }

        public string Digit { get; set; } = "";

        [VectorType(64)]
        public float[] Pixels { get; set; } = [];
    }
}
