using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Whole per-example gradients of the margin, laid out row by row: output gradients from one backward pass, times the inputs of each layer, patches laid out for
/// convolutions. Written into one buffer that stays, so that what is compared with is not slowed down by fresh memory.
/// </summary>
internal sealed class ExactGradients
{
    private readonly NetworkGraph graph;
    private readonly Tensor result;

    /// <param name="graph">The network.</param>
    /// <param name="batch">Rows per call.</param>
    public ExactGradients(NetworkGraph graph, int batch)
    {
        this.graph = graph;
        result = empty(batch, graph.TrainableCount);
    }

    /// <returns>[batch, trainable parameters]; overwritten by the next call.</returns>
    public Tensor OfMargin(Tensor[] weights, Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var outputs = new Tensor[graph.Nodes.Count];
        graph.Forward(weights, features.detach().requires_grad_(), stacked: false, training: false, outputs);
        var seed = MarginGradient.Of(outputs[^1].detach(), labels);
        int[] layers = [.. Enumerable.Range(0, outputs.Length).Where(node => graph.Nodes[node].Operation.Parameters.Count > 0)];
        var gradients = autograd.grad([outputs[^1]], [.. layers.Select(layer => outputs[layer])], [seed]);
        using var noGrad = no_grad();
        long start = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            var node = graph.Nodes[layers[i]];
            long size = node.Operation.Parameters.Where(parameter => parameter.IsTrainable).Sum(parameter => parameter.Count);
            WriteLayer(node, weights, outputs[node.Inputs[0]], gradients[i], result.slice(1, start, start + size, 1));
            start += size;
        }

        return result;
    }

    private static void WriteLayer(GraphNode node, Tensor[] weights, Tensor input, Tensor gradient, Tensor target)
    {
        long size = target.shape[1];
        switch (node.Operation)
        {
            case LinearOperation linear:
                target.slice(1, 0, linear.Inputs * linear.Outputs, 1).unflatten(1, [linear.Outputs, linear.Inputs]).copy_(input.unsqueeze(1)).mul_(gradient.unsqueeze(2));
                WriteBias(linear.HasBias, gradient);
                break;
            case Conv2dOperation { Groups: 1 } convolution:
                long k = convolution.KernelSize;
                var patches = nn.functional.unfold(input, (k, k), (convolution.Dilation, convolution.Dilation), (convolution.Padding, convolution.Padding), (convolution.Stride, convolution.Stride));
                var planes = gradient.flatten(2);
                target.slice(1, 0, convolution.OutputChannels * convolution.PatchSize, 1).copy_(planes.bmm(patches.transpose(1, 2)).flatten(1));
                WriteBias(convolution.HasBias, planes.sum(2));
                break;
            case BatchNorm2dOperation norm:
                var normalized = nn.functional.batch_norm(
                    input, weights[node.FirstParameter + 2], weights[node.FirstParameter + 3], null, null, training: false, norm.Momentum, norm.Epsilon);
                target.slice(1, 0, norm.Channels, 1).copy_(gradient.mul(normalized).sum([2, 3]));
                WriteBias(true, gradient.sum([2, 3]));
                break;
            default:
                throw new NotSupportedException($"The benchmark does not lay out gradients of {node.Operation.GetType().Name}.");
        }

        void WriteBias(bool hasBias, Tensor values)
        {
            if (hasBias)
            {
                target.slice(1, size - values.shape[1], size, 1).copy_(values);
            }
        }
    }
}
