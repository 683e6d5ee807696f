namespace MLNetUnlearning.Verification;

/// <summary>Count, mean and sum of squared deviations of a sample, from which one value can be taken out.</summary>
/// <param name="Count">Number of values.</param>
/// <param name="Mean">Their mean; 0 if there is none.</param>
/// <param name="Squares">Sum of squared deviations from the mean.</param>
internal readonly record struct Moments(int Count, double Mean, double Squares)
{
    /// <summary>Of a sample.</summary>
    public static Moments Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            return default;
        }

        double mean = values.Average();
        return new Moments(values.Count, mean, values.Sum(value => (value - mean) * (value - mean)));
    }

    /// <summary>Variance within samples, weighted by their degrees of freedom.</summary>
    public static double Pooled(IEnumerable<Moments> samples)
    {
        double squares = 0, freedom = 0;
        foreach (var sample in samples)
        {
            squares += sample.Squares;
            freedom += Math.Max(0, sample.Count - 1);
        }

        return freedom > 0 ? squares / freedom : 0;
    }

    /// <summary>The same sample less one of its values.</summary>
    public Moments Without(double value)
    {
        if (Count < 2)
        {
            return default;
        }

        double mean = (Mean * Count - value) / (Count - 1);
        return new Moments(Count - 1, mean, Math.Max(0, Squares - (value - Mean) * (value - mean)));
    }
}
