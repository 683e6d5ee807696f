using MLNetUnlearning.Networks.Operations;

namespace MLNetUnlearning.Networks;

/// <summary>Puts a <see cref="NetworkGraph"/> together, inferring shapes and numbering parameters.</summary>
internal sealed class GraphBuilder
{
    private readonly NetworkSpec spec;
    private readonly List<GraphNode> nodes = [];
    private readonly List<ParameterSpec> parameters = [];

    public GraphBuilder(NetworkSpec spec, int inputSize)
    {
        this.spec = spec;
        Add("features", new InputOperation(inputSize), []);
    }

    /// <summary>Shape of a node's output, without the batch axis.</summary>
    public IReadOnlyList<long> ShapeOf(int node) => nodes[node].OutputShape;

    /// <summary>Appends an operation and returns its position.</summary>
    public int Add(string name, LayerOperation operation, params int[] inputs)
    {
        IReadOnlyList<long> shape;
        try
        {
            shape = operation.InferShape([.. inputs.Select(ShapeOf)]);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Network {spec}: layer '{name}' cannot be built. {e.Message}", e);
        }

        nodes.Add(new GraphNode(name, operation, inputs, shape, parameters.Count));
        parameters.AddRange(operation.Parameters.Select(parameter => parameter with { Name = $"{name}.{parameter.Name}" }));
        return nodes.Count - 1;
    }

    /// <summary>The finished graph.</summary>
    public NetworkGraph Build() => new(spec, nodes, parameters);
}
