using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes the columns that the features are made of into a graph, walking back from the features to the columns of the user's data.</summary>
internal sealed class PipelineWalk : IPreprocessing
{
    private readonly OnnxGraphBuilder builder;
    private readonly IReadOnlyList<PipelineStep> steps;
    private readonly IReadOnlyList<DataViewSchema> schemas;
    private readonly StepConverters converters;
    private readonly Dictionary<(int Stage, string Column), OnnxColumn> done = [];
    private readonly List<GraphInput> inputs = [];
    private readonly List<WrittenColumn> written = [];

    /// <param name="builder">The graph.</param>
    /// <param name="steps">The steps before the network.</param>
    /// <param name="schemas">The columns before every step, and after the last.</param>
    /// <param name="converters">What writes the steps.</param>
    public PipelineWalk(OnnxGraphBuilder builder, IReadOnlyList<PipelineStep> steps, IReadOnlyList<DataViewSchema> schemas, StepConverters converters)
    {
        this.builder = builder;
        this.steps = steps;
        this.schemas = schemas;
        this.converters = converters;
    }

    /// <summary>The columns that became inputs of the graph, in their order.</summary>
    public IReadOnlyList<GraphInput> Inputs => inputs;

    /// <summary>The columns that steps make, each after those that it is made of.</summary>
    public IReadOnlyList<WrittenColumn> Written => written;

    /// <summary>Writes a column as it is behind the last step, with all that it is made of.</summary>
    /// <exception cref="UnsupportedOnnxExportException">A step that makes it has no ONNX form here.</exception>
    public OnnxColumn Resolve(string name) => Resolve(steps.Count, name);

    /// <summary>Whether a step makes a column, rather than pass it through.</summary>
    /// <remarks>A step that makes a column hides one of the same name without removing it; a column that passes through gains no namesake.</remarks>
    public static bool Makes(DataViewSchema before, DataViewSchema after, string name) =>
        after.Count(column => column.Name == name) > before.Count(column => column.Name == name);

    /// <summary>Whether a step makes pictures that the graph cannot: it then begins with them.</summary>
    /// <param name="converters">What writes the steps.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="schemas">The columns before every step, and after the last.</param>
    /// <param name="stage">Number of steps up to and with this one, at least 1.</param>
    /// <param name="name">The column.</param>
    public static bool Enters(StepConverters converters, IReadOnlyList<PipelineStep> steps, IReadOnlyList<DataViewSchema> schemas, int stage, string name)
    {
        var (before, step) = (schemas[stage - 1], steps[stage - 1]);
        if (schemas[stage].GetColumnOrNull(name) is not { } column || !ImageColumn.IsImage(column.Type) || !Makes(before, schemas[stage], name))
        {
            return false;
        }

        return converters.Find(step.Transformer) is not { } converter || !converter.CanAppend(new MadeColumn(step, before, column));
    }

    /// <summary>Declares a column as an input of a graph.</summary>
    public static OnnxColumn AddInput(OnnxGraphBuilder builder, DataViewSchema.Column column)
    {
        if (ImageColumn.IsImage(column.Type))
        {
            return ImageColumn.AddInput(builder, column);
        }

        var shape = ColumnShape.Of(column);
        string value = builder.AddInput(column.Name, shape.Type, shape.Width);
        if (shape.IsKey)
        {
            // A key beyond the last one is a missing one, as in ML.NET.
            string key = ClassifierNodes.AppendCast(builder, value, TensorProto.Types.DataType.Int64);
            string last = builder.AddConstant<long>("last", TensorProto.Types.DataType.Int64, [checked((long)shape.KeyCount)]);
            string none = builder.AddConstant<long>("none", TensorProto.Types.DataType.Int64, [0]);
            value = builder.AddNode("Where", $"{column.Name}.key", [builder.AddNode("Greater", "beyond", [key, last]), none, key]);
        }

        return new OnnxColumn(value, shape.GraphType, shape.Width);
    }

    private OnnxColumn Resolve(int stage, string name)
    {
        if (!done.TryGetValue((stage, name), out var result))
        {
            result = stage == 0 || Enters(converters, steps, schemas, stage, name) ? AddInput(stage, name) : Made(stage, name);
            done.Add((stage, name), result);
        }

        return result;
    }

    private OnnxColumn AddInput(int stage, string name)
    {
        var column = schemas[stage].GetColumnOrNull(name)
            ?? throw new UnsupportedOnnxExportException(name, "the data", $"Column '{name}' is not in the sample rows.");
        inputs.Add(new GraphInput(stage, column));
        return AddInput(builder, column);
    }

    private OnnxColumn Made(int stage, string name)
    {
        var (before, step) = (schemas[stage - 1], steps[stage - 1]);
        if (!Makes(before, schemas[stage], name))
        {
            return Resolve(stage - 1, name);
        }

        var column = schemas[stage][name];
        var converter = converters.Find(step.Transformer) ?? throw new UnsupportedOnnxExportException(
            name,
            step.Transformer.GetType().Name,
            $"The features depend on column '{name}', which {step} makes; it cannot be written as ONNX: {StepConverters.ReasonAgainst(step.Transformer)}.");
        var result = converter.Append(new StepContext(builder, new MadeColumn(step, before, column), source => Resolve(stage - 1, source)));
        written.Add(new WrittenColumn(step.ToString(), step.Name, stage, column, result));
        return result;
    }
}
