using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>One step of a network graph: shapes, parameters and the forward computation.</summary>
/// <remarks>Attribution and ONNX export walk the graph and tell operations apart by type.</remarks>
public abstract record LayerOperation
{
    /// <summary>The parameter tensors, without the layer's name.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters => [];

    /// <summary>True if the operation can run many models at once, on inputs [models, batch, ...] and parameters [models, ...].</summary>
    public virtual bool SupportsStacking => false;

    /// <summary>Shape of the output without the batch axis.</summary>
    /// <param name="inputs">Shapes of the inputs without the batch axis.</param>
    /// <exception cref="ArgumentException">The operation does not fit these inputs.</exception>
    public abstract IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs);

    /// <summary>Computes the output.</summary>
    internal abstract Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode);

    /// <summary>Throws unless the only input has the expected shape.</summary>
    private protected static void RequireShape(IReadOnlyList<IReadOnlyList<long>> inputs, params ReadOnlySpan<long> expected)
    {
        if (inputs.Count != 1 || !inputs[0].SequenceEqual(expected.ToArray()))
        {
            throw new ArgumentException($"The layer takes input [{string.Join(", ", expected.ToArray())}] but gets {Describe(inputs)}.", nameof(inputs));
        }
    }

    /// <summary>The channels, height and width of the only input; throws if it is not an image.</summary>
    private protected static (long Channels, long Height, long Width) RequireImage(IReadOnlyList<IReadOnlyList<long>> inputs) =>
        inputs is [[var channels, var height, var width]]
            ? (channels, height, width)
            : throw new ArgumentException($"The layer takes one image [channels, height, width] but gets {Describe(inputs)}.", nameof(inputs));

    private static string Describe(IReadOnlyList<IReadOnlyList<long>> shapes) => string.Join(", ", shapes.Select(shape => $"[{string.Join(", ", shape)}]"));
}
