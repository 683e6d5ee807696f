using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Storage;

/// <summary>Stacked models as bytes.</summary>
internal static class StackFile
{
    /// <summary>Shapes of the tensors of a stack.</summary>
    public static IReadOnlyList<TensorShape> Shapes(NetworkGraph graph, int models) =>
        [.. graph.Parameters.Select(parameter => TensorShape.Single([models, .. parameter.Shape]))];

    /// <summary>Writes a stack.</summary>
    public static void Write(Stream stream, ModelStack models) => TensorFile.Write(stream, models.Tensors);

    /// <summary>Reads a stack.</summary>
    /// <param name="stream">Positioned at the start; read to its end.</param>
    /// <param name="graph">The network of the models.</param>
    /// <param name="models">How many there must be.</param>
    /// <exception cref="InvalidDataException">The bytes are not such a stack.</exception>
    public static ModelStack Read(Stream stream, NetworkGraph graph, int models) => new(graph, TensorFile.Read(stream, Shapes(graph, models)));
}
