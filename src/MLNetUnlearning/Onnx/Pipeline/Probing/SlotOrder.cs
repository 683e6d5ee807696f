using System.Globalization;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>
/// Finds out which slot a step moves where. The slots are numbered from 1, and row b holds bit b of each slot's number, so that two values suffice whatever their type.
/// </summary>
/// <param name="made">The column.</param>
internal sealed class SlotOrder(MadeColumn made) : ItemTypes.IVisitor<(int[] Slots, IReadOnlyList<ProbeBlock> Blocks)>
{
    /// <summary>Finds the order.</summary>
    /// <returns>For each slot behind the step its position before it, -1 if it is none of them; and which positions belong to which column.</returns>
    public static (int[] Slots, IReadOnlyList<ProbeBlock> Blocks) Find(MadeColumn made) => ItemTypes.Visit(made.Shape.Item, new SlotOrder(made));

    (int[] Slots, IReadOnlyList<ProbeBlock> Blocks) ItemTypes.IVisitor<(int[] Slots, IReadOnlyList<ProbeBlock> Blocks)>.Visit<T>()
    {
        using var probe = made.Probe<T, T>();
        T one = One<T>();
        int[]? numbers = null;
        for (int bit = 0; probe.Width >> bit != 0; bit++)
        {
            T[] result = probe.Run(slot => ((slot + 1) >> bit & 1) == 1 ? one : default!);
            numbers ??= new int[result.Length];
            for (int i = 0; i < result.Length; i++)
            {
                numbers[i] |= IsOne(result[i]) ? 1 << bit : 0;
            }
        }

        return ([.. numbers!.Select(number => number - 1)], probe.Blocks);
    }

    private static T One<T>() => typeof(T) == typeof(ReadOnlyMemory<char>) ? (T)(object)"1".AsMemory() : (T)Convert.ChangeType(1, typeof(T), CultureInfo.InvariantCulture);

    private static bool IsOne<T>(T value) => value is ReadOnlyMemory<char> text ? text.Length > 0 : !EqualityComparer<T>.Default.Equals(value, default);
}
