using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>ConvertType: Cast, where the two agree on every value.</summary>
internal sealed class ConvertTypeConverter : IStepConverter
{
    private static readonly Type[][] Widening =
    [
        [typeof(sbyte), typeof(short), typeof(int), typeof(long)],
        [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)],
    ];

    public string Step => typeof(TypeConvertingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        var (from, to) = (context.Made.OnlySourceShape, context.Made.Shape);
        if (from.IsKey || to.IsKey)
        {
            // Within the graph keys have one type, so only their number matters.
            return from.IsKey && to.KeyCount >= from.KeyCount
                ? context.OnlySource()
                : throw context.Made.Unsupported($"it turns {context.Made.OnlySource.Type} into {context.Made.Column.Type}; make keys with MapValueToKey");
        }

        if (from.IsText != to.IsText)
        {
            throw context.Made.Unsupported(
                from.IsText
                    ? "ONNX stops at text that is no number, where ML.NET goes on; read the column as a number, or give text a vocabulary (MapValueToKey, OneHotEncoding)"
                    : "ONNX writes numbers as text in another way");
        }

        var source = context.OnlySource();
        return from.Item == to.Item ? source
            : to.Item == typeof(float) || to.Item == typeof(double) || to.Item == typeof(bool) || from.Item == typeof(bool) || Widens(from.Item, to.Item)
                ? context.Column(context.Cast(source.Value, to.GraphType))
                : throw context.Made.Unsupported($"{to.Item.Name} does not hold every {from.Item.Name}, and ML.NET and ONNX treat the others differently; convert to a wider type");
    }

    private static bool Widens(Type from, Type to) => Widening.Any(types => Array.IndexOf(types, from) is >= 0 and var narrow && narrow < Array.IndexOf(types, to));
}
