using Microsoft.ML;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Merges a graph that the caller's converter wrote: the nodes that the features depend on, under names of their own.</summary>
/// <remarks>ML.NET's converter calls inputs like the columns of the data, and outputs like the columns behind the steps with <c>.output</c> after the name.</remarks>
/// <param name="builder">The graph to merge into.</param>
/// <param name="imported">The graph to merge.</param>
/// <param name="before">Columns before the first step.</param>
/// <param name="after">Columns behind the last step.</param>
/// <param name="steps">Number of steps.</param>
internal sealed class ImportedPreprocessing(OnnxGraphBuilder builder, ImportedModel imported, DataViewSchema before, DataViewSchema after, int steps) : IPreprocessing
{
    private const string Name = "PreprocessingConverter";
    private readonly List<GraphInput> inputs = [];
    private readonly List<WrittenColumn> written = [];
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal) { [""] = "" };

    /// <inheritdoc/>
    public IReadOnlyList<GraphInput> Inputs => inputs;

    /// <inheritdoc/>
    public IReadOnlyList<WrittenColumn> Written => written;

    /// <inheritdoc/>
    public OnnxColumn Resolve(string name)
    {
        var graph = imported.Model.Graph.Clone();
        var shape = ColumnShape.Of(after[name]);
        string output = FindOutput(graph, name, shape);
        foreach (var domain in imported.Model.OpsetImport.Where(set => set.Domain is not ("" or "ai.onnx") && graph.Node.Any(node => node.Domain == set.Domain)))
        {
            builder.RequireDomain(domain.Domain, domain.Version);
        }

        Import(graph, Needed(graph, output));
        string value = names.GetValueOrDefault(output) ?? throw ImportedModel.Unsupported($"has an output '{output}' that nothing makes");
        string shaped = builder.AddConstant<long>($"{name}.shape", TensorProto.Types.DataType.Int64, [-1, shape.Width], 2);
        var result = new OnnxColumn(builder.AddNode("Reshape", name, [value, shaped]), shape.GraphType, shape.Width);
        written.Add(new WrittenColumn(Name, Name, steps, after[name], result));
        return result;
    }

    private static string FindOutput(GraphProto graph, string name, ColumnShape shape)
    {
        var output = graph.Output.FirstOrDefault(candidate => candidate.Name == $"{name}.output") ?? graph.Output.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw ImportedModel.Unsupported(
                $"has no output '{name}.output' or '{name}'; its outputs are {string.Join(", ", graph.Output.Select(candidate => candidate.Name))}. A step may be beyond that converter");
        var type = output.Type?.TensorType?.ElemType ?? TensorProto.Types.DataType.Undefined;
        return type == shape.Type ? output.Name : throw ImportedModel.Unsupported($"gives '{output.Name}' as {type} where the column is {shape.Type}");
    }

    // Names of the values that the output depends on, found from the last node to the first, which the format orders.
    private static HashSet<string> Needed(GraphProto graph, string output)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal) { output };
        foreach (var node in graph.Node.Reverse())
        {
            if (node.Output.Any(needed.Contains))
            {
                needed.UnionWith(node.Input);
            }
        }

        return needed;
    }

    private void Import(GraphProto graph, HashSet<string> needed)
    {
        foreach (var tensor in graph.Initializer.Where(tensor => needed.Contains(tensor.Name)))
        {
            string old = tensor.Name;
            names[old] = builder.Import(tensor);
        }

        foreach (var input in graph.Input.Where(input => needed.Contains(input.Name) && !names.ContainsKey(input.Name)))
        {
            names[input.Name] = AddInput(input);
        }

        foreach (var node in graph.Node.Where(node => node.Output.Any(needed.Contains)))
        {
            string[] old = [.. node.Output];
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = names.GetValueOrDefault(node.Input[i]) ?? throw ImportedModel.Unsupported($"reads '{node.Input[i]}' before anything makes it");
            }

            builder.Import(node);
            for (int i = 0; i < old.Length; i++)
            {
                names[old[i]] = node.Output[i];
            }
        }
    }

    private string AddInput(ValueInfoProto input)
    {
        var column = before.GetColumnOrNull(input.Name) ?? throw ImportedModel.Unsupported($"reads '{input.Name}', which is not a column of the sample rows");
        var shape = ColumnShape.Of(column);
        var type = input.Type?.TensorType?.ElemType ?? TensorProto.Types.DataType.Undefined;
        if (type != shape.Type)
        {
            throw ImportedModel.Unsupported($"reads '{input.Name}' as {type} where the column is {shape.Type}");
        }

        inputs.Add(new GraphInput(0, column));
        return builder.AddInput(input.Name, shape.Type, shape.Width);
    }
}
