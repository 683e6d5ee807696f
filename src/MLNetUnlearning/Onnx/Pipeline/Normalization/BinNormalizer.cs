using System.Collections.Immutable;
using System.Numerics;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>y = (number of upper bounds below x, the last bound not counted) / density - offset. Missing values stay missing.</summary>
/// <param name="bounds">Upper bounds of each slot's bins, ascending.</param>
/// <param name="density">Densities of the slots.</param>
/// <param name="offset">Offsets of the slots; empty if there are none.</param>
internal sealed class BinNormalizer<T>(ImmutableArray<ImmutableArray<T>> bounds, ImmutableArray<T> density, ImmutableArray<T> offset) : Normalizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int Width => bounds.Length;

    // Every bound itself, and the next value above it.
    protected override int ProbeCount => 2 * Math.Max(1, bounds.Max(slot => slot.Length));

    // Binary search in a table of as many bounds for each slot, a power of two: ONNX has no operator that counts, and comparing with all bounds at once takes as much memory as rows x slots x bins.
    public override string Append(StepContext context, OnnxColumn source)
    {
        int counted = bounds.Max(slot => Math.Max(0, slot.Length - 1)), size = 1;
        while (size <= counted)
        {
            size *= 2;
        }

        string? count = null;
        string table = size == 1 ? "" : context.Constant<T>("bounds", Table(size), (long)Width * size);
        for (int step = size / 2; step > 0; step /= 2)
        {
            int ahead = step;
            long[] first = [.. Enumerable.Range(0, Width).Select(slot => (long)slot * size + ahead - 1)];
            string index = context.Constant<long>("index", first, 1, Width);
            string bound = context.Node("Gather", "bound", [table, count is null ? index : context.Node("Add", "at", [count, index])], OnnxAttribute.Int("axis", 0));
            string below = context.Cast(context.Node("Less", "below", [bound, source.Value]), TensorProto.Types.DataType.Int64);
            string steps = context.Node("Mul", "steps", [below, context.Constant<long>("step", [step])]);
            count = count is null ? steps : context.Node("Add", "count", [count, steps]);
        }

        string position = count is null ? context.Node("Mul", "first", [source.Value, context.Constant<T>("zero", [T.Zero])]) : context.Cast(count, source.Type);
        string value = context.Node("Div", "scaled", [position, context.Constant("density", density.AsSpan(), Width)]);
        if (!offset.IsDefaultOrEmpty)
        {
            value = context.Node("Sub", "normalized", [value, context.Constant("offset", offset.AsSpan(), Width)]);
        }

        return context.Node("Where", "known", [context.IsNaN(source), source.Value, value]);
    }

    protected override T Probe(int slot, int row) =>
        bounds[slot].IsEmpty ? T.Zero : bounds[slot][Math.Min(row / 2, bounds[slot].Length - 1)] is var bound && row % 2 == 0 ? bound : T.BitIncrement(bound);

    protected override T Evaluate(int slot, T value)
    {
        int count = 0;
        for (int i = 0; i + 1 < bounds[slot].Length; i++)
        {
            count += bounds[slot][i] < value ? 1 : 0;
        }

        return T.CreateTruncating(count) / density[slot] - (offset.IsDefaultOrEmpty ? T.Zero : offset[slot]);
    }

    private T[] Table(int size)
    {
        var table = new T[Width * size];
        for (int slot = 0; slot < Width; slot++)
        {
            for (int i = 0; i < size; i++)
            {
                table[slot * size + i] = i + 1 < bounds[slot].Length ? bounds[slot][i] : T.PositiveInfinity;
            }
        }

        return table;
    }
}
