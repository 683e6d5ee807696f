using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>Per-example gradients the slow and obvious way: one row at a time, by autograd through the parameters themselves.</summary>
internal static class PlainGradients
{
    /// <summary>Gradients of one scalar per row: for each row, one tensor per trainable parameter.</summary>
    public static Tensor[][] Of(TestNetwork network, Func<Tensor, Tensor> scalar)
    {
        Tensor[] weights = [.. network.Weights.Select((weight, i) => weight.detach().clone().requires_grad_(network.Graph.Parameters[i].IsTrainable))];
        Tensor[] trainable = [.. weights.Where(weight => weight.requires_grad)];
        return [.. Enumerable.Range(0, (int)network.Features.shape[0]).Select(row =>
        {
            var logits = network.Graph.Forward(weights, network.Features.slice(0, row, row + 1, 1), stacked: false, training: false);
            return autograd.grad([scalar(logits).sum()], trainable).ToArray();
        })];
    }

    /// <summary>Gradients of every logit of every row in all trainable parameters, [rows, classes, parameters].</summary>
    public static Tensor Jacobian(TestNetwork network) =>
        stack(Enumerable.Range(0, network.Graph.OutputSize).Select(c => stack(Of(network, logits => logits[0, c]).Select(Flat))), 1);

    /// <summary>Gradients of all parameters as one vector.</summary>
    public static Tensor Flat(IEnumerable<Tensor> gradients) => cat([.. gradients.Select(gradient => gradient.flatten())]);

    /// <summary>The gradient of one layer as the matrix that a two-sided projection takes, the bias as last column; a vector for batch normalisation.</summary>
    public static Tensor Matrix(ReadOnlySpan<Tensor> gradients, bool isVector) =>
        isVector ? cat([gradients[0], gradients[1]])
        : gradients.Length == 1 ? gradients[0].flatten(1)
        : cat([gradients[0].flatten(1), gradients[1].unsqueeze(1)], 1);
}
