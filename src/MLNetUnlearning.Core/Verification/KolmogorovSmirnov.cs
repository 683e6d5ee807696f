namespace MLNetUnlearning.Verification;

/// <summary>Two-sample Kolmogorov-Smirnov distance: the largest difference of two empirical distribution functions, from 0 to 1.</summary>
public static class KolmogorovSmirnov
{
    /// <summary>Distance between the margins of every row.</summary>
    /// <param name="unlearned">[models, rows].</param>
    /// <param name="oracles">[models, rows]; the numbers of models may differ.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, or there is no model.</exception>
    public static double[] PerRow(float[,] unlearned, float[,] oracles)
    {
        int models = unlearned.GetLength(0), others = oracles.GetLength(0), rows = unlearned.GetLength(1);
        if (rows != oracles.GetLength(1) || models == 0 || others == 0)
        {
            throw new ArgumentException($"Margins [{models}, {rows}] and [{others}, {oracles.GetLength(1)}] must be of the same rows, with at least one model each.", nameof(oracles));
        }

        var result = new double[rows];
        var u = new float[models];
        var o = new float[others];
        for (int row = 0; row < rows; row++)
        {
            for (int model = 0; model < models; model++)
            {
                u[model] = unlearned[model, row];
            }

            for (int model = 0; model < others; model++)
            {
                o[model] = oracles[model, row];
            }

            result[row] = Distance(u, o);
        }

        return result;
    }

    /// <summary>Distance between two samples. Values that are not finite are nowhere on the axis: their share among the unlearned is a distance of its own, even where oracles have some, too.</summary>
    /// <param name="unlearned">Margins over unlearned models.</param>
    /// <param name="oracles">Margins over oracles.</param>
    public static double Distance(ReadOnlySpan<float> unlearned, ReadOnlySpan<float> oracles)
    {
        float[] u = Finite(unlearned), o = Finite(oracles);
        double largest = 1 - (double)u.Length / unlearned.Length;
        int i = 0, j = 0;
        while (i < u.Length || j < o.Length)
        {
            float at = i < u.Length && (j == o.Length || u[i] <= o[j]) ? u[i] : o[j];
            for (; i < u.Length && u[i] <= at; i++)
            {
            }

            for (; j < o.Length && o[j] <= at; j++)
            {
            }

            largest = Math.Max(largest, Math.Abs((double)i / unlearned.Length - (double)j / oracles.Length));
        }

        return largest;
    }

    private static float[] Finite(ReadOnlySpan<float> values)
    {
        float[] finite = [.. values.ToArray().Where(float.IsFinite)];
        Array.Sort(finite);
        return finite;
    }
}
