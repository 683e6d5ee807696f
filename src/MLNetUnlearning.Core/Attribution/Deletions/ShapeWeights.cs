using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// How much each of the bank's deletions counts when settings are fitted for a set of rows: deletions that are about as concentrated count most. Scattered rows and
/// clusters need other scales (a cluster's rows prop each other up, so that linearised predictions fall short by more).
/// </summary>
internal sealed class ShapeWeights
{
    private const double Bandwidth = 0.6;
    private const double Trim = 0.05;

    private readonly double[] shapes;
    private readonly double width;
    private readonly double low;
    private readonly double high;

    /// <param name="shapes">Concentration of each deletion (<see cref="Concentration"/>).</param>
    public ShapeWeights(double[] shapes)
    {
        double[] sorted = [.. shapes.Order()];
        int trim = (int)(Trim * shapes.Length);
        low = sorted[trim];
        high = sorted[^(trim + 1)];
        double mean = shapes.Average();
        width = Bandwidth * Math.Max(Math.Sqrt(shapes.Average(shape => (shape - mean) * (shape - mean))), 1e-6);
        // Beyond the bulk of the bank nothing is known but the bulk's edge.
        this.shapes = [.. shapes.Select(Clamp)];
    }

    /// <summary>Logarithm of the mean similarity within a set of rows.</summary>
    /// <param name="selfSimilarity">Sum of similarities over all pairs.</param>
    /// <param name="size">Number of rows.</param>
    public static double Concentration(double selfSimilarity, int size) => Math.Log(Math.Max(selfSimilarity, 1e-30) / ((double)size * size));

    /// <summary>Whether the bank holds deletions that are about as concentrated: the bulk of them, or one kernel width beyond, where its edge still counts fully.</summary>
    public bool Covers(double shape) => shape >= low - width && shape <= high + width;

    /// <summary>Weights for a set of a given concentration, [deletions], float64, summing to 1.</summary>
    /// <param name="shape">The concentration.</param>
    /// <param name="left">Deletions that must not count, for held-out grades.</param>
    public Tensor For(double shape, Func<int, bool>? left = null)
    {
        double centre = Clamp(shape);
        double[] weights = [.. shapes.Select((other, i) => left?.Invoke(i) == true ? 0 : Math.Exp(-0.5 * Math.Pow((other - centre) / width, 2)))];
        double sum = weights.Sum();
        return tensor(weights.Select(weight => weight / sum).ToArray()).clone();
    }

    /// <summary>Median of a quantity over the deletions, weighted as for a set of a given concentration.</summary>
    /// <param name="shape">The concentration.</param>
    /// <param name="values">The quantity for each deletion.</param>
    public double Median(double shape, IReadOnlyList<double> values)
    {
        using var weights = For(shape);
        double[] shares = [.. weights.ToHost<double>()];
        double sum = 0;
        foreach (int i in Enumerable.Range(0, shares.Length).OrderBy(i => values[i]))
        {
            sum += shares[i];
            if (sum >= 0.5)
            {
                return values[i];
            }
        }

        return values.Max();
    }

    private double Clamp(double shape) => Math.Clamp(shape, low, high);
}
