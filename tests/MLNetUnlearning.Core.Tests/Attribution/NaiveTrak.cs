using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>TRAK written down as published: every gradient in full, one row at a time, in double precision.</summary>
internal static class NaiveTrak
{
    /// <summary>φ(z)ᵀ(K + λI)⁻¹φ(z_i) of one model, [targets, rows], and 1 − p, [rows].</summary>
    /// <param name="stack">Models.</param>
    /// <param name="member">Which of them.</param>
    /// <param name="rows">Training rows.</param>
    /// <param name="targets">One gradient per target, [targets, parameters].</param>
    /// <param name="options">Kernel and ridge.</param>
    public static (Tensor Influence, Tensor Doubt) Of(ModelStack stack, int member, LabeledRows rows, Tensor targets, TrakOptions options)
    {
        var phi = Margins(stack, member, rows.Features, rows.Labels);
        var logits = stack.Graph.Forward(Weights(stack, member), rows.Features.to_type(ScalarType.Float64), stacked: false, training: false).detach();
        var probability = logits.softmax(1).gather(1, rows.Labels.unsqueeze(1)).squeeze(1);
        var weight = options.Kernel == TrakKernel.GaussNewton ? probability.sub(probability.pow(Held(2))) : ones_like(probability);
        var kernel = phi.t().mm(phi * weight.unsqueeze(1));
        double ridge = options.Ridge * kernel.trace().item<double>() / Math.Min(kernel.shape[0], rows.Count);
        return (targets.mm(linalg.inv(kernel.add(eye(kernel.shape[0], dtype: ScalarType.Float64), Held(ridge)))).mm(phi.t()), probability.neg().add(Held(1), Held(1)));
    }

    /// <summary>The same with squared error, summed over the outputs of a row: φ of every output, and label less output in the place of 1 − p. [targets, rows, outputs] and [rows, outputs].</summary>
    public static (Tensor Influence, Tensor Residual) OfValues(ModelStack stack, int member, LabeledRows rows, Tensor targets, TrakOptions options)
    {
        int outputs = rows.OutputCount;
        var phi = TorchSharp.torch.stack([.. Enumerable.Range(0, outputs).Select(output => Logits(stack, member, rows.Features, output))], 1).flatten(0, 1);
        var values = stack.Graph.Forward(Weights(stack, member), rows.Features.to_type(ScalarType.Float64), stacked: false, training: false).detach();
        var kernel = phi.t().mm(phi);
        double ridge = options.Ridge * kernel.trace().item<double>() / Math.Min(kernel.shape[0], phi.shape[0]);
        return (targets.mm(linalg.inv(kernel.add(eye(kernel.shape[0], dtype: ScalarType.Float64), Held(ridge)))).mm(phi.t()).view(targets.shape[0], rows.Count, outputs), rows.Labels.sub(values));
    }

    /// <summary>Gradient of each row's margin by all weights, [rows, parameters].</summary>
    public static Tensor Margins(ModelStack stack, int member, Tensor features, Tensor labels) =>
        vstack([.. Enumerable.Range(0, (int)features.shape[0]).Select(row =>
        {
            int label = (int)labels[row].item<long>();
            return Gradient(stack, member, features, row, logits => logits[0, label] - log(logits[0].exp().sum() - logits[0, label].exp()));
        })]);

    /// <summary>Gradient of each row's logit by all weights, [rows, parameters].</summary>
    public static Tensor Logits(ModelStack stack, int member, Tensor features, int logit) =>
        vstack([.. Enumerable.Range(0, (int)features.shape[0]).Select(row => Gradient(stack, member, features, row, logits => logits[0, logit]))]);

    private static Tensor Gradient(ModelStack stack, int member, Tensor features, int row, Func<Tensor, Tensor> scalar)
    {
        var network = new TestNetwork(stack.Graph, Weights(stack, member), features.slice(0, row, row + 1, 1).to_type(ScalarType.Float64));
        return cat([.. PlainGradients.Of(network, scalar)[0].Select(tensor => tensor.flatten())]).unsqueeze(0);
    }

    private static Tensor[] Weights(ModelStack stack, int member) => [.. stack.Member(member).Select(weight => weight.to_type(ScalarType.Float64))];
}
