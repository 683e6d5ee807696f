namespace MLNetUnlearning.Verification;

/// <summary>A normal distribution fitted to margins: mean and standard deviation of the values themselves (divisor n), as in the reference code.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="Deviation">Standard deviation, at least <see cref="SmallestDeviation"/>.</param>
internal readonly record struct NormalFit(double Mean, double Deviation)
{
    /// <summary>Keeps densities finite where all values are equal.</summary>
    public const double SmallestDeviation = 1e-6;

    /// <summary>Fits to the finite values.</summary>
    /// <returns>Null if fewer than two values are finite.</returns>
    public static NormalFit? Of(IEnumerable<float> values)
    {
        double[] finite = [.. values.Where(float.IsFinite).Select(value => (double)value)];
        if (finite.Length < 2)
        {
            return null;
        }

        double mean = finite.Average();
        return new NormalFit(mean, Math.Max(SmallestDeviation, Math.Sqrt(finite.Average(value => (value - mean) * (value - mean)))));
    }

    /// <summary>Log density, less the constant that all normal distributions share.</summary>
    public double LogDensity(double value)
    {
        double standard = (value - Mean) / Deviation;
        return -0.5 * standard * standard - Math.Log(Deviation);
    }
}
