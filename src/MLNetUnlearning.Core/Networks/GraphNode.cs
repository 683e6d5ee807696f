using MLNetUnlearning.Networks.Operations;

namespace MLNetUnlearning.Networks;

/// <summary>One node of a network graph.</summary>
/// <param name="Name">Unique name; prefixes the names of the node's parameters.</param>
/// <param name="Operation">What the node computes.</param>
/// <param name="Inputs">Positions in <see cref="NetworkGraph.Nodes"/> of the nodes it reads; all smaller than its own.</param>
/// <param name="OutputShape">Shape of its output without the batch axis.</param>
/// <param name="FirstParameter">Position in <see cref="NetworkGraph.Parameters"/> of its first parameter.</param>
public sealed record GraphNode(string Name, LayerOperation Operation, IReadOnlyList<int> Inputs, IReadOnlyList<long> OutputShape, int FirstParameter);
