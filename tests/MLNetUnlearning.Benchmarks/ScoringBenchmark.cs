using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Rows scored per second: ML.NET's own ONNX step, ours, ONNX Runtime by itself, and TorchSharp behind our cursor.</summary>
internal static class ScoringBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        (string Name, NetworkSpec Spec, int Features, int Rows)[] networks =
        [
            ("mlp 64-64-64-10", NetworkSpec.Mlp(64, 64), 64, 10_000),
            ("mlp 784-256-128-10", NetworkSpec.Mlp(256, 128), 784, 3_000),
            ("cnn 28x28, 8 and 16 planes", NetworkSpec.SmallCnn(new ImageShape(1, 28, 28), 8, 16), 784, 2_000),
            ("cnn 28x28, 16 and 32 planes", NetworkSpec.SmallCnn(new ImageShape(1, 28, 28)), 784, 2_000),
        ];
        foreach (var (name, spec, features, rows) in networks)
        {
            using var data = new ScoringCase(spec, features, rows);
            var rates = new ScoringRates(data.Scorers, data.Rows, quick ? 5 : 31);
            for (int i = 0; i < data.Scorers.Count; i++)
            {
                var (bare, bareSmall) = data.BareFor(i);
                yield return new Dictionary<string, object?>
                {
                    ["network"] = name,
                    ["scorer"] = data.Scorers[i].Name,
                    ["threads"] = data.Scorers[i].Threads,
                    ["rowsPerSecond"] = rates.PerSecond(i),
                    ["timesApplyOnnx"] = rates.Ratio(i, ScoringCase.Stock, ScoringCase.StockOneThread),
                    ["shareOfBare"] = rates.Ratio(i, bare, bareSmall),
                    ["rowsPerProcessorSecond"] = rates.PerProcessorSecond(i),
                    ["processorTimesApplyOnnx"] = rates.ProcessorRatio(i, ScoringCase.Stock, ScoringCase.StockOneThread),
                    ["processorShareOfBare"] = rates.ProcessorRatio(i, bare, bareSmall),
                };
            }
        }
    }
}
