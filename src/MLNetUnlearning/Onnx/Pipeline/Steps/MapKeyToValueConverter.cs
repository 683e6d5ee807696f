using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Probing;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>MapKeyToValue: a table with the value of every key, the missing one first.</summary>
internal sealed class MapKeyToValueConverter : IStepConverter
{
    public string Step => typeof(KeyToValueMappingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        string table = ItemTypes.Visit(context.Made.Shape.Item, new Table(context));
        return context.Column(context.Node("Gather", "value", [table, context.OnlySource().Value], OnnxAttribute.Int("axis", 0)));
    }

    private sealed class Table(StepContext context) : ItemTypes.IVisitor<string>
    {
        string ItemTypes.IVisitor<string>.Visit<T>()
        {
            VBuffer<T> values = default;
            context.Made.OnlySource.GetKeyValues(ref values);
            return Constants.Append(context.Builder, $"{context.Name}.values", [KeyProbe.Run<T>(context.Made, 0), .. values.DenseValues()]);
        }
    }
}
