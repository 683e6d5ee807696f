using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Onnx.Proto;
using static TorchSharp.torch;

namespace MLNetUnlearning.Onnx;

/// <summary>Writes the nodes of a network, in evaluation mode, into an ONNX graph.</summary>
internal sealed class NetworkNodes
{
    private readonly OnnxGraphBuilder builder;
    private readonly Network network;

    private NetworkNodes(OnnxGraphBuilder builder, Network network)
    {
        this.builder = builder;
        this.network = network;
    }

    /// <summary>Appends the network and returns the name of its logits, float32 [batch, classes].</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="network">The network.</param>
    /// <param name="features">Name of the features, float32 [batch, features].</param>
    /// <exception cref="UnsupportedOnnxExportException">An operation has no ONNX form here, or the weights do not fit one file.</exception>
    public static string Append(OnnxGraphBuilder builder, Network network, string features)
    {
        OnnxSizeLimit.Check(network.Graph);
        var writer = new NetworkNodes(builder, network);
        var outputs = new List<string>();
        foreach (var node in network.Graph.Nodes)
        {
            outputs.Add(outputs.Count == 0 ? features : writer.Append(node, [.. node.Inputs.Select(input => outputs[input])]));
        }

        return outputs[^1];
    }

    private string Append(GraphNode node, string[] inputs) => node.Operation switch
    {
        LinearOperation => builder.AddNode("Gemm", node.Name, [.. inputs, .. Weights(node)], OnnxAttribute.Int("transB", 1)),
        Conv2dOperation conv => builder.AddNode("Conv", node.Name, [.. inputs, .. Weights(node)], Attributes(conv)),
        BatchNorm2dOperation norm => builder.AddNode("BatchNormalization", node.Name, [.. inputs, .. Weights(node)], OnnxAttribute.Float("epsilon", (float)norm.Epsilon)),
        ReluOperation => builder.AddNode("Relu", node.Name, inputs),
        AddOperation => builder.AddNode("Add", node.Name, inputs),
        MaxPool2dOperation pool => builder.AddNode(
            "MaxPool",
            node.Name,
            inputs,
            OnnxAttribute.Ints("kernel_shape", pool.Size, pool.Size),
            OnnxAttribute.Ints("strides", pool.Size, pool.Size)),
        GlobalMaxPoolOperation => builder.AddNode("Flatten", node.Name, [builder.AddNode("GlobalMaxPool", $"{node.Name}.planes", inputs)], OnnxAttribute.Int("axis", 1)),
        FlattenOperation => builder.AddNode("Flatten", node.Name, inputs, OnnxAttribute.Int("axis", 1)),
        // A zero in the target shape keeps the batch axis, whatever its length.
        ToImageOperation image => builder.AddNode("Reshape", node.Name, [.. inputs, Int64($"{node.Name}.shape", 0, image.Shape.Channels, image.Shape.Height, image.Shape.Width)]),
        ScaleOperation scale => builder.AddNode("Mul", node.Name, [.. inputs, builder.AddConstant($"{node.Name}.factor", TensorProto.Types.DataType.Float, [scale.Factor])]),
        _ => throw new UnsupportedOnnxExportException(
            node.Name,
            node.Operation.GetType().Name,
            $"Layer '{node.Name}' is a {node.Operation.GetType().Name}, which cannot be written as ONNX. Supported are affine, convolution, batch normalisation, ReLU, "
            + "max pooling, global max pooling, flatten, image, sum and scale layers."),
    };

    private static IEnumerable<AttributeProto> Attributes(Conv2dOperation conv)
    {
        yield return OnnxAttribute.Ints("kernel_shape", conv.KernelSize, conv.KernelSize);
        yield return OnnxAttribute.Ints("strides", conv.Stride, conv.Stride);
        yield return OnnxAttribute.Ints("pads", conv.Padding, conv.Padding, conv.Padding, conv.Padding);
        // ONNX takes 1 where these are missing, and files of networks without them stay as they were.
        if (conv.Dilation != 1)
        {
            yield return OnnxAttribute.Ints("dilations", conv.Dilation, conv.Dilation);
        }

        if (conv.Groups != 1)
        {
            yield return OnnxAttribute.Int("group", conv.Groups);
        }
    }

    private string Int64(string name, params ReadOnlySpan<long> values) => builder.AddConstant(name, TensorProto.Types.DataType.Int64, values, values.Length);

    private IEnumerable<string> Weights(GraphNode node)
    {
        for (int i = node.FirstParameter; i < node.FirstParameter + node.Operation.Parameters.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            float[] values = network.Weights[i].detach().to(ScalarType.Float32).ToHost<float>();
            var spec = network.Graph.Parameters[i];
            yield return builder.AddConstant<float>(spec.Name, TensorProto.Types.DataType.Float, values, [.. spec.Shape]);
        }
    }
}
