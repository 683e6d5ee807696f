namespace MLNetUnlearning.Verification;

/// <summary>Jensen-Shannon divergence of class probabilities, in nats: from 0, equal, to ln 2, no class in common.</summary>
public static class JensenShannon
{
    /// <summary>Divergence of every row.</summary>
    /// <param name="unlearned">Class probabilities, [rows, classes].</param>
    /// <param name="oracles">Class probabilities, [rows, classes].</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double[] PerRow(double[,] unlearned, double[,] oracles)
    {
        int rows = unlearned.GetLength(0), classes = unlearned.GetLength(1);
        if (rows != oracles.GetLength(0) || classes != oracles.GetLength(1))
        {
            throw new ArgumentException($"Probabilities [{rows}, {classes}] and [{oracles.GetLength(0)}, {oracles.GetLength(1)}] must be of the same rows and classes.", nameof(oracles));
        }

        var result = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++)
            {
                double p = unlearned[row, c], q = oracles[row, c], middle = 0.5 * (p + q);
                sum += Term(p, middle) + Term(q, middle);
            }

            // Probabilities that are not numbers share nothing with anything.
            result[row] = double.IsNaN(sum) ? Math.Log(2) : Math.Clamp(0.5 * sum, 0, Math.Log(2));
        }

        return result;
    }

    // A comparison with NaN is false, so NaN goes through the logarithm and on.
    private static double Term(double p, double middle) => p <= 0 ? 0 : p * Math.Log(p / middle);
}
