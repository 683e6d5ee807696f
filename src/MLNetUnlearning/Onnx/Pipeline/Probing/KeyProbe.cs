using System.Globalization;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>Reads what a step makes of single keys.</summary>
internal static class KeyProbe
{
    /// <summary>Sends a key through a step.</summary>
    /// <typeparam name="TOut">Type of the elements behind the step.</typeparam>
    /// <param name="made">A column made of one key column, slot by slot.</param>
    /// <param name="key">The key, 0 for the missing one.</param>
    public static TOut Run<TOut>(MadeColumn made, ulong key) => Run<TOut>(made, [key])[0];

    /// <summary>Sends keys through a step, one after the other.</summary>
    public static TOut[] Run<TOut>(MadeColumn made, IEnumerable<ulong> keys) => ItemTypes.Visit(made.OnlySourceShape.Item, new Visitor<TOut>(made, keys));

    private sealed class Visitor<TOut>(MadeColumn made, IEnumerable<ulong> keys) : ItemTypes.IVisitor<TOut[]>
    {
        TOut[] ItemTypes.IVisitor<TOut[]>.Visit<T>()
        {
            using var probe = made.Probe<T, TOut>();
            return [.. keys.Select(key =>
            {
                T value = (T)Convert.ChangeType(key, typeof(T), CultureInfo.InvariantCulture);
                return probe.Run(_ => value)[0];
            })];
        }
    }
}
