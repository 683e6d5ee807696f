using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Probing;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>A function of each slot by itself, with parameters that were fitted.</summary>
/// <typeparam name="T">Type of the slots.</typeparam>
internal abstract class Normalizer<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of slots.</summary>
    public abstract int Width { get; }

    /// <summary>How many probes it takes to tell these parameters from others.</summary>
    protected abstract int ProbeCount { get; }

    /// <summary>ML.NET's parameters of one column.</summary>
    /// <returns>Null if they are of a kind or type that is not known.</returns>
    public static Normalizer<T>? Read(NormalizingTransformer.NormalizerModelParametersBase parameters) => parameters switch
    {
        NormalizingTransformer.AffineNormalizerModelParameters<T> one => new AffineNormalizer<T>([one.Offset], [one.Scale]),
        NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>> many => new AffineNormalizer<T>(many.Offset, many.Scale),
        NormalizingTransformer.CdfNormalizerModelParameters<T> one => new CdfNormalizer<T>([one.Mean], [one.StandardDeviation], one.UseLog),
        NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<T>> many => new CdfNormalizer<T>(many.Mean, many.StandardDeviation, many.UseLog),
        NormalizingTransformer.BinNormalizerModelParameters<T> one => new BinNormalizer<T>([one.UpperBounds], [one.Density], [one.Offset]),
        NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<T>> many => new BinNormalizer<T>(many.UpperBounds, many.Density, many.Offset),
        _ => null,
    };

    /// <summary>Whether a step does what the parameters say.</summary>
    public bool Explains(StepProbe<T, T> probe)
    {
        for (int i = 0; i < ProbeCount; i++)
        {
            int row = i;
            T[] result = probe.Run(slot => Probe(slot, row));
            for (int slot = 0; slot < result.Length; slot++)
            {
                double expected = double.CreateTruncating(Evaluate(slot, Probe(slot, row))), actual = double.CreateTruncating(result[slot]);

                // Rounding alone: other parameters that come so close would also do.
                if (!(expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-5 * Math.Max(1, Math.Abs(expected))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Appends the function and returns its value's name.</summary>
    public abstract string Append(StepContext context, OnnxColumn source);

    /// <summary>Value of a slot in a probe.</summary>
    protected abstract T Probe(int slot, int row);

    /// <summary>The function.</summary>
    protected abstract T Evaluate(int slot, T value);
}
