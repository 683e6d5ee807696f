using System.Collections.Immutable;
using System.Numerics;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>y = (x - offset) * scale: Sub and Mul.</summary>
/// <param name="offset">Offsets of the slots; empty if the normaliser keeps zero at zero.</param>
/// <param name="scale">Scales of the slots.</param>
internal sealed class AffineNormalizer<T>(ImmutableArray<T> offset, ImmutableArray<T> scale) : Normalizer<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int Width => scale.Length;

    protected override int ProbeCount => 2;

    public override string Append(StepContext context, OnnxColumn source)
    {
        string value = source.Value;
        if (!offset.IsDefaultOrEmpty)
        {
            value = context.Node("Sub", "shifted", [value, context.Constant("offset", offset.AsSpan(), offset.Length)]);
        }

        return context.Node("Mul", "normalized", [value, context.Constant("scale", scale.AsSpan(), scale.Length)]);
    }

    protected override T Probe(int slot, int row) => row == 0 ? T.CreateTruncating(slot + 1) : T.CreateTruncating(-0.5 * slot);

    protected override T Evaluate(int slot, T value) => (value - (offset.IsDefaultOrEmpty ? T.Zero : offset[slot])) * scale[slot];
}
