using MLNetUnlearning.Onnx.Pipeline.Probing;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>
/// y = (x - mean) * scale / norm, with mean and norm of the row itself. A row whose norm is 0 is only scaled, and a factor below 1e-8 becomes 1, as in ML.NET.
/// </summary>
/// <param name="Kind">The norm.</param>
/// <param name="SubtractsMean">Whether the mean is subtracted; the norm is then that of the difference.</param>
/// <param name="Scale">The scale.</param>
internal sealed record RowNorm(RowNormKind Kind, bool SubtractsMean, float Scale)
{
    private const float SmallestFactor = 1e-8f;

    /// <summary>
    /// Finds the parameters, which ML.NET does not show: those that explain three rows. Where several do, as with few slots, they are the same function.
    /// </summary>
    /// <exception cref="UnsupportedOnnxExportException">None explains them.</exception>
    public static RowNorm Find(MadeColumn made)
    {
        using var probe = made.Probe<float, float>();
        float[][] rows = [.. Enumerable.Range(0, 3).Select(row => Enumerable.Range(0, probe.Width).Select(slot => Value(row, slot)).ToArray())];
        float[][] results = [.. rows.Select(row => probe.Run(slot => row[slot]))];
        foreach (bool subtractsMean in new[] { false, true })
        {
            foreach (var kind in Enum.GetValues<RowNormKind>())
            {
                var unscaled = new RowNorm(kind, subtractsMean, 1);
                var found = unscaled with { Scale = ScaleOf(unscaled.Evaluate(rows[0]), results[0]) };
                if (found.Scale > 0 && rows.Zip(results).All(pair => found.Explains(pair.First, pair.Second)))
                {
                    return found;
                }
            }
        }

        throw made.Unsupported("none of the norms that ML.NET offers explains what it does");

        // Rows of different signs and lengths, far from a common mean.
        static float Value(int row, int slot) => row switch
        {
            0 => slot + 1,
            1 => (slot % 2 == 0 ? 1 : -1) * (1 + slot * slot % 7),
            _ => MathF.Sin(3 * slot + 1),
        };
    }

    /// <summary>Appends the function and returns its value's name.</summary>
    public string Append(StepContext context, string x)
    {
        string Mean(string value) => context.Node("ReduceMean", "mean", [value], OnnxAttribute.Ints("axes", 1));
        string Norm(string operation, string value) => context.Node(operation, "norm", [value], OnnxAttribute.Ints("axes", 1));
        string Number(string name, float value) => context.Constant<float>(name, [value]);

        string centred = SubtractsMean ? context.Node("Sub", "centred", [x, Mean(x)]) : x;
        string norm = Kind switch
        {
            RowNormKind.L2 => Norm("ReduceL2", centred),
            RowNormKind.L1 => Norm("ReduceL1", centred),
            RowNormKind.Infinity => Norm("ReduceMax", context.Node("Abs", "size", [centred])),
            _ => context.Node("Sqrt", "norm", [Mean(Square(context.Node("Sub", "gap", [x, Mean(x)])))]),
        };
        string scale = Number("scale", Scale);
        string divided = context.Node("Where", "factor", [context.Node("Greater", "positive", [norm, Number("zero", 0)]), context.Node("Div", "divided", [scale, norm]), scale]);
        string small = context.Node("Less", "small", [divided, Number("smallest", SmallestFactor)]);
        return context.Node("Mul", "normalized", [centred, context.Node("Where", "kept", [small, Number("one", 1), divided])]);

        string Square(string value) => context.Node("Mul", "square", [value, value]);
    }

    private float[] Evaluate(float[] row)
    {
        double mean = row.Average(value => (double)value), offset = SubtractsMean ? mean : 0;
        double norm = Kind switch
        {
            RowNormKind.L2 => Math.Sqrt(row.Sum(value => (value - offset) * (value - offset))),
            RowNormKind.L1 => row.Sum(value => Math.Abs(value - offset)),
            RowNormKind.Infinity => row.Max(value => Math.Abs(value - offset)),
            _ => Math.Sqrt(row.Average(value => (value - mean) * (value - mean))),
        };
        double factor = norm > 0 ? Scale / norm : Scale;
        return [.. row.Select(value => (float)((value - offset) * (factor < SmallestFactor ? 1 : factor)))];
    }

    private bool Explains(float[] row, float[] result) => Evaluate(row).Zip(result).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-5f * Math.Max(1, Math.Abs(pair.First)));

    // At the slot that says most.
    private static float ScaleOf(float[] unscaled, float[] result)
    {
        int largest = 0;
        for (int i = 1; i < unscaled.Length; i++)
        {
            largest = Math.Abs(unscaled[i]) > Math.Abs(unscaled[largest]) ? i : largest;
        }

        float scale = unscaled[largest] == 0 ? 1 : result[largest] / unscaled[largest];
        return Math.Abs(scale - 1) < 1e-5f ? 1 : scale;
    }
}
