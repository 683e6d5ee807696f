using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Pipeline.Probing;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>Concatenate: Concat along the slots. ML.NET tells which columns it reads but not in which order, so rows are sent through it.</summary>
internal sealed class ConcatenateConverter : IStepConverter
{
    public string Step => typeof(ColumnConcatenatingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        OnnxColumn[] sources = [.. Order(context.Made).Select(context.Resolve)];
        return sources is [var only]
            ? only
            : context.Column(context.Builder.AddNode("Concat", context.Name, [.. sources.Select(source => source.Value)], OnnxAttribute.Int("axis", 1)));
    }

    private static List<string> Order(MadeColumn made)
    {
        var (slots, blocks) = SlotOrder.Find(made);
        var order = new List<string>();
        for (int i = 0; i < slots.Length;)
        {
            var block = blocks.FirstOrDefault(candidate => candidate.First == slots[i]);
            if (block.Name is null || i + block.Width > slots.Length || !slots.AsSpan(i, block.Width).SequenceEqual(Enumerable.Range(block.First, block.Width).ToArray()))
            {
                throw made.Unsupported("it does not hold whole columns one after the other");
            }

            order.Add(block.Name);
            i += block.Width;
        }

        return order;
    }
}
