namespace MLNetUnlearning.Data;

/// <summary>Mean and standard deviation of each value that a network predicts: it learns (value - mean) / deviation, which suits learning rates and tests whatever unit the values have.</summary>
/// <param name="Means">Mean of each output.</param>
/// <param name="Deviations">Standard deviation of each output, above 0.</param>
internal sealed record LabelScaling(IReadOnlyList<float> Means, IReadOnlyList<float> Deviations)
{
    /// <summary>Leaves values as they are, however many there are.</summary>
    public static LabelScaling None { get; } = new([], []);

    /// <summary>Whether it changes nothing.</summary>
    public bool IsIdentity => Means.All(mean => mean == 0) && Deviations.All(deviation => deviation == 1);

    /// <summary>Fits a scaling to rows; their order does not matter, to the last bit.</summary>
    /// <param name="values">Values row by row.</param>
    /// <param name="outputs">Number of values of a row.</param>
    /// <param name="rowIds">Id of each row.</param>
    public static LabelScaling Fit(ReadOnlySpan<float> values, int outputs, ReadOnlySpan<long> rowIds)
    {
        long[] ids = rowIds.ToArray();
        int[] order = [.. Enumerable.Range(0, ids.Length)];
        Array.Sort(ids, order);
        float[] means = new float[outputs], deviations = new float[outputs];
        for (int output = 0; output < outputs; output++)
        {
            double sum = 0, squares = 0;
            foreach (int row in order)
            {
                sum += values[(row * outputs) + output];
            }

            double mean = sum / order.Length;
            foreach (int row in order)
            {
                double distance = values[(row * outputs) + output] - mean;
                squares += distance * distance;
            }

            float deviation = (float)Math.Sqrt(squares / order.Length);
            means[output] = (float)mean;
            // Equal values need no unit. Values that are not finite are for the caller to refuse, by row.
            deviations[output] = float.IsFinite(deviation) && deviation > 0 ? deviation : 1;
        }

        return new LabelScaling(means, deviations);
    }

    /// <summary>The scaling for a number of outputs.</summary>
    /// <exception cref="ArgumentException">It is that of another number.</exception>
    public LabelScaling For(int outputs, string column) => Means.Count == outputs ? this
        : Means.Count == 0 ? new LabelScaling([.. Enumerable.Repeat(0f, outputs)], [.. Enumerable.Repeat(1f, outputs)])
        : throw new ArgumentException($"Column '{column}' has {outputs} values a row, but the model was trained on {Means.Count}.");

    /// <summary>Scales values row by row, in place.</summary>
    public void Apply(Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (values[i] - Means[i % Means.Count]) / Deviations[i % Means.Count];
        }
    }
}
