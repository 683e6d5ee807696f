using System.Numerics;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>
/// Writes ML.NET's Concatenate. ML.NET tells which columns it reads but not in which order, so a row with a different number in every slot is sent through it.
/// </summary>
internal static class ConcatenationNodes
{
    public static OnnxColumn Append(OnnxGraphBuilder builder, MadeColumn made, Func<string, OnnxColumn> resolve)
    {
        var shape = ColumnShape.Of(made.Column);
        IReadOnlyList<string> order = shape.Item == typeof(float) ? Order<float>(made)
            : shape.Item == typeof(double) ? Order<double>(made)
            : throw new UnsupportedOnnxExportException(
                made.Column.Name,
                nameof(ColumnConcatenatingTransformer),
                $"Column '{made.Column.Name}' concatenates columns of {shape.Item.Name}; only Single and Double can be written as ONNX. Convert the columns first (ConvertType).");
        OnnxColumn[] sources = [.. order.Select(resolve)];
        return sources is [var only]
            ? only
            : new OnnxColumn(builder.AddNode("Concat", made.Column.Name, [.. sources.Select(source => source.Value)], OnnxAttribute.Int("axis", 1)), shape.Type, shape.Width);
    }

    private static List<string> Order<T>(MadeColumn made) where T : unmanaged, INumber<T>
    {
        var (result, blocks) = made.Probe<T>();
        int[] numbers = [.. result.Select(int.CreateChecked)];
        var order = new List<string>();
        for (int i = 0; i < numbers.Length;)
        {
            var (name, first, width) = blocks.FirstOrDefault(block => block.First == numbers[i]);
            if (name is null || i + width > numbers.Length || !numbers.AsSpan(i, width).SequenceEqual(Enumerable.Range(first, width).ToArray()))
            {
                throw new UnsupportedOnnxExportException(
                    made.Column.Name, nameof(ColumnConcatenatingTransformer), $"Column '{made.Column.Name}' does not hold whole columns one after the other, so it cannot be written as ONNX.");
            }

            order.Add(name);
            i += width;
        }

        return order;
    }
}
