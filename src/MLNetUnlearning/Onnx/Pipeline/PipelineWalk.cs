using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes the columns that the features are made of into a graph, walking back from the features to the columns of the user's data.</summary>
internal sealed class PipelineWalk
{
    private const string Supported =
        "Supported before the network are Concatenate, CopyColumns, ConvertType from numbers to Single or Double, and the affine normalisers (NormalizeMinMax, "
        + "NormalizeMeanVariance, NormalizeRobustScaling). Apply other steps before the exported model.";

    private readonly OnnxGraphBuilder builder;
    private readonly IReadOnlyList<ITransformer> steps;
    private readonly IReadOnlyList<DataViewSchema> schemas;
    private readonly Dictionary<(int Stage, string Column), OnnxColumn> done = [];
    private readonly List<DataViewSchema.Column> inputs = [];

    /// <param name="builder">The graph.</param>
    /// <param name="steps">The steps before the network.</param>
    /// <param name="schemas">The columns before every step, and after the last.</param>
    public PipelineWalk(OnnxGraphBuilder builder, IReadOnlyList<ITransformer> steps, IReadOnlyList<DataViewSchema> schemas)
    {
        this.builder = builder;
        this.steps = steps;
        this.schemas = schemas;
    }

    /// <summary>The columns of the user's data that became inputs of the graph, in their order.</summary>
    public IReadOnlyList<DataViewSchema.Column> Inputs => inputs;

    /// <summary>Writes a column as it is before a step, with all that it is made of.</summary>
    /// <param name="stage">Position of the step.</param>
    /// <param name="name">Name of the column.</param>
    /// <exception cref="UnsupportedOnnxExportException">A step that makes it has no ONNX form here.</exception>
    public OnnxColumn Resolve(int stage, string name)
    {
        if (!done.TryGetValue((stage, name), out var result))
        {
            result = stage == 0 ? AddInput(name) : Made(stage, name);
            done.Add((stage, name), result);
        }

        return result;
    }

    private OnnxColumn AddInput(string name)
    {
        var column = schemas[0].GetColumnOrNull(name) ?? throw Unsupported(name, "the data", $"Column '{name}' is not in the sample rows.");
        var shape = ColumnShape.Of(column);
        inputs.Add(column);
        return new OnnxColumn(builder.AddInput(name, shape.Type, shape.Width), shape.Type, shape.Width);
    }

    private OnnxColumn Made(int stage, string name)
    {
        var before = schemas[stage - 1];
        // A step that makes a column hides one of the same name without removing it; a column that passes through gains no namesake.
        if (schemas[stage].Count(other => other.Name == name) <= before.Count(other => other.Name == name))
        {
            return Resolve(stage - 1, name);
        }

        var step = steps[stage - 1];
        if (step is not (ColumnCopyingTransformer or TypeConvertingTransformer or NormalizingTransformer or ColumnConcatenatingTransformer))
        {
            throw Unsupported(
                name, step.GetType().Name, $"The features depend on column '{name}', which step {step.GetType().Name} makes; it cannot be written as ONNX. {Supported}");
        }

        var made = new MadeColumn(step.GetRowToRowMapper(before), before, schemas[stage][name]);
        return step switch
        {
            ColumnConcatenatingTransformer => ConcatenationNodes.Append(builder, made, source => Resolve(stage - 1, source)),
            TypeConvertingTransformer => ConversionNodes.Append(builder, made, Resolve(stage - 1, made.OnlySource)),
            NormalizingTransformer normalizer => NormalizationNodes.Append(builder, made, normalizer, Resolve(stage - 1, made.OnlySource)),
            _ => Resolve(stage - 1, made.OnlySource),
        };
    }

    private static UnsupportedOnnxExportException Unsupported(string column, string step, string message) => new(column, step, message);
}
