using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetUnlearning.Networks;

/// <summary>One trained (or untrained) network as a TorchSharp module: features [batch, features] in, logits [batch, classes] out.</summary>
/// <remarks>Scoring from several threads is safe while nobody trains or disposes it. In training mode batch normalisation uses the batch's statistics.</remarks>
public sealed class Network : nn.Module<Tensor, Tensor>
{
    private readonly Tensor[] tensors;

    /// <summary>Takes over plain tensors, one per entry of <see cref="NetworkGraph.Parameters"/>.</summary>
    internal Network(NetworkGraph graph, IReadOnlyList<Tensor> weights) : base(nameof(Network))
    {
        Graph = graph;
        tensors = new Tensor[weights.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            // Module names may not hold dots.
            string name = graph.Parameters[i].Name.Replace('.', '_');
            if (graph.Parameters[i].IsTrainable)
            {
                var parameter = new Parameter(weights[i]);
                tensors[i] = parameter;
                register_parameter(name, parameter);
            }
            else
            {
                tensors[i] = weights[i];
                register_buffer(name, weights[i]);
            }

            tensors[i].DetachFromDisposeScope();
        }

        eval();
    }

    /// <summary>The graph that the module evaluates.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>The weights, one per entry of <see cref="NetworkGraph.Parameters"/>. They belong to the module.</summary>
    public IReadOnlyList<Tensor> Weights => tensors;

    /// <summary>Creates a network with freshly drawn weights.</summary>
    /// <param name="spec">Description of the network.</param>
    /// <param name="inputSize">Number of features.</param>
    /// <param name="outputSize">Number of classes.</param>
    /// <param name="seed">Fixes the draw.</param>
    public static Network Create(NetworkSpec spec, int inputSize, int outputSize, ulong seed)
    {
        using var stack = ModelStack.Initialize(spec.CreateGraph(inputSize, outputSize), [seed]);
        return stack.ToNetwork();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Graph.Forward(tensors, input, stacked: false, training).MoveToOuterDisposeScope();
    }

    /// <summary>Copies the weights into a stack of one model.</summary>
    public ModelStack ToStack()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new ModelStack(Graph, [.. tensors.Select(tensor => tensor.detach().unsqueeze(0).clone())]);
    }
}
