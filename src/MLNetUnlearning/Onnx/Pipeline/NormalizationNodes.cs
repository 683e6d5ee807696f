using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes ML.NET's affine normalisers: y = (x - offset) * scale.</summary>
internal static class NormalizationNodes
{
    public static OnnxColumn Append(OnnxGraphBuilder builder, MadeColumn made, NormalizingTransformer step, OnnxColumn source) =>
        ColumnShape.Of(made.Column).Item == typeof(double) ? Append<double>(builder, made, step, source) : Append<float>(builder, made, step, source);

    private static OnnxColumn Append<T>(OnnxGraphBuilder builder, MadeColumn made, NormalizingTransformer step, OnnxColumn source)
        where T : unmanaged, INumber<T>
    {
        var (offset, scale) = Find<T>(made, step);
        string value = source.Value;
        string name = made.Column.Name;

        // A normaliser that keeps zero at zero has no offsets.
        if (!offset.IsDefaultOrEmpty)
        {
            value = builder.AddNode("Sub", $"{name}.shifted", [value, builder.AddConstant($"{name}.offset", source.Type, offset.AsSpan(), offset.Length)]);
        }

        value = builder.AddNode("Mul", $"{name}.normalized", [value, builder.AddConstant($"{name}.scale", source.Type, scale.AsSpan(), scale.Length)]);
        return source with { Value = value };
    }

    // The step numbers its parameters by the order in which it was told its columns, which the schema does not keep; so those are taken that explain a probe.
    private static (ImmutableArray<T> Offset, ImmutableArray<T> Scale) Find<T>(MadeColumn made, NormalizingTransformer step)
        where T : unmanaged, INumber<T>
    {
        T[] expected = made.Probe<T>().Result;
        for (int i = 0; i < made.MadeCount; i++)
        {
            if (Read<T>(step, i) is { } found && found.Scale.Length == expected.Length && Explains(found.Offset, found.Scale, expected))
            {
                return found;
            }
        }

        throw new UnsupportedOnnxExportException(
            made.Column.Name,
            nameof(NormalizingTransformer),
            $"Column '{made.Column.Name}' is normalised by bins or a distribution; only the affine normalisers (NormalizeMinMax, NormalizeMeanVariance with useCdf false, "
            + "NormalizeRobustScaling) can be written as ONNX.");
    }

    private static (ImmutableArray<T> Offset, ImmutableArray<T> Scale)? Read<T>(NormalizingTransformer step, int position) => step.GetNormalizerModelParameters(position) switch
    {
        NormalizingTransformer.AffineNormalizerModelParameters<T> one => ([one.Offset], [one.Scale]),
        NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>> many => (many.Offset, many.Scale),
        _ => null,
    };

    private static bool Explains<T>(ImmutableArray<T> offset, ImmutableArray<T> scale, T[] expected) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double value = double.CreateChecked(T.CreateChecked(i + 1) - (offset.IsDefaultOrEmpty ? T.Zero : offset[i])) * double.CreateChecked(scale[i]);

            // Rounding alone: other parameters that come so close would also do.
            if (!(Math.Abs(value - double.CreateChecked(expected[i])) <= 1e-5 * Math.Max(1, Math.Abs(value))))
            {
                return false;
            }
        }

        return true;
    }
}
