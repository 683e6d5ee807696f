using System.Globalization;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>Settings over which the baselines are tried: published grids, widened upwards, because their rates do nothing to networks as small as these.</summary>
internal static class BaselineGrids
{
    public static IReadOnlyList<(string Setting, IUnlearnerOptions Options)> Descent => Grid([1e-3, 1e-2, 1e-1], [1, 5, 10], (rate, epochs) => new GradientDescentOptions { LearningRate = rate, Epochs = epochs });

    public static IReadOnlyList<(string Setting, IUnlearnerOptions Options)> Ascent => Grid([1e-4, 1e-3, 1e-2], [1, 3, 10], (rate, epochs) => new GradientAscentOptions { LearningRate = rate, Epochs = epochs });

    public static IReadOnlyList<(string Setting, IUnlearnerOptions Options)> AscentDescent => Grid([5e-4, 5e-3, 5e-2], [5, 10], (rate, epochs) => new AscentDescentOptions { LearningRate = rate, Epochs = epochs });

    public static IReadOnlyList<(string Setting, IUnlearnerOptions Options)> Scrub => Grid([1e-3, 1e-2, 5e-2], [3, 5, 10], (rate, epochs) => new ScrubOptions { LearningRate = rate, Epochs = epochs });

    public static IReadOnlyList<(string Setting, IUnlearnerOptions Options)> JustInTime =>
    [
        .. new[] { 0.01, 0.1, 0.5 }.SelectMany(noise => new[] { 1e-6, 1e-5, 1e-4, 3e-4, 1e-3 }.Select(rate =>
            (string.Create(CultureInfo.InvariantCulture, $"noise {noise}, rate {rate}"), (IUnlearnerOptions)new JustInTimeUnlearningOptions { NoiseScale = noise, LearningRate = rate }))),
    ];

    private static (string, IUnlearnerOptions)[] Grid(double[] rates, int[] epochs, Func<double, int, IUnlearnerOptions> create) =>
        [.. rates.SelectMany(rate => epochs.Select(count => (string.Create(CultureInfo.InvariantCulture, $"rate {rate}, {count} epochs"), create(rate, count))))];
}
