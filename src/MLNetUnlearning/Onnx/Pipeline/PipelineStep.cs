using Microsoft.ML;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A step before the network.</summary>
/// <param name="Position">Position in the user's model, chains taken apart, from 1. The parts of a step that was opened share it.</param>
/// <param name="Name">Type of the step in the user's model without the word Transformer, e.g. <c>OneHotEncoding</c>.</param>
/// <param name="Transformer">The step, or the part of it.</param>
internal sealed record PipelineStep(int Position, string Name, ITransformer Transformer)
{
    /// <summary>How messages call it.</summary>
    public override string ToString() => $"step {Position} ({Name})";

    /// <summary>Name of a step by its type.</summary>
    public static string NameOf(ITransformer transformer)
    {
        string name = transformer.GetType().Name.Split('`')[0];
        return name.EndsWith("Transformer", StringComparison.Ordinal) ? name[..^"Transformer".Length] : name;
    }
}
