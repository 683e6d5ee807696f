using static TorchSharp.torch;

namespace MLNetUnlearning.Networks;

/// <summary>
/// A network as a list of operations in the order they run. Training, attribution and ONNX export all walk this one list, so what is
/// trained, attributed and exported cannot drift apart.
/// </summary>
public sealed class NetworkGraph
{
    internal NetworkGraph(NetworkSpec spec, IReadOnlyList<GraphNode> nodes, IReadOnlyList<ParameterSpec> parameters)
    {
        Spec = spec;
        Nodes = nodes;
        Parameters = parameters;
        SupportsStacking = nodes.All(node => node.Operation.SupportsStacking);
    }

    /// <summary>The description that the graph was made from.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>The operations in the order they run; node 0 is the input, the last node gives the logits.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>The tensors of the network, in the order of the nodes that own them.</summary>
    public IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <summary>Number of features.</summary>
    public int InputSize => (int)Nodes[0].OutputShape[0];

    /// <summary>Number of logits.</summary>
    public int OutputSize => (int)Nodes[^1].OutputShape[0];

    /// <summary>Number of elements that gradients train.</summary>
    public long TrainableCount => Parameters.Where(parameter => parameter.IsTrainable).Sum(parameter => parameter.Count);

    /// <summary>True if many models of this graph can run in one batched computation.</summary>
    public bool SupportsStacking { get; }

    /// <summary>Evaluates the graph.</summary>
    /// <param name="parameters">One tensor per entry of <see cref="Parameters"/>; with a leading model axis if <paramref name="stacked"/>.</param>
    /// <param name="features">[batch, features], or [models, batch, features] if <paramref name="stacked"/>.</param>
    /// <param name="stacked">Whether many models run at once.</param>
    /// <param name="training">Whether batch normalisation uses (and updates from) the batch's statistics.</param>
    /// <param name="outputs">If given, receives the output of every node.</param>
    /// <returns>Logits [batch, classes] or [models, batch, classes].</returns>
    internal Tensor Forward(IReadOnlyList<Tensor> parameters, Tensor features, bool stacked, bool training, Tensor[]? outputs = null)
    {
        outputs ??= new Tensor[Nodes.Count];
        var own = parameters as Tensor[] ?? [.. parameters];
        var mode = new Operations.ForwardMode(stacked, training);
        outputs[0] = features;
        for (int i = 1; i < Nodes.Count; i++)
        {
            var node = Nodes[i];
            Tensor[] inputs = node.Inputs is [var only] ? [outputs[only]] : [.. node.Inputs.Select(input => outputs[input])];
            outputs[i] = node.Operation.Forward(inputs, own.AsSpan(node.FirstParameter, node.Operation.Parameters.Count), mode);
        }

        return outputs[^1];
    }
}
