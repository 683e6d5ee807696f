using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>TRAK of an MLP without any projection, in dual form: the reference that projections are held against. Keeps [targets, rows] and [rows, rows].</summary>
internal static class ExactMarginKernel
{
    /// <summary>Scores [targets, rows] for each ridge, as <see cref="Trak"/> forms them.</summary>
    public static Tensor[] RowInfluence(LdsPool pool, LdsSetting setting, int members, int[] epochs, TrakKernel form, double[] ridges)
    {
        long n = setting.Train.Count, targets = setting.Test.Count;
        using var features = cat([setting.Train.Features, setting.Test.Features]);
        using var labels = cat([setting.Train.Labels, setting.Test.Labels]);
        var total = ridges.Select(_ => zeros(targets, n).DetachFromDisposeScope()).ToArray();
        foreach (var (epoch, stack) in pool.Bank.Models.Checkpoints.Where(checkpoint => epochs.Contains(checkpoint.Epoch)))
        {
            using var scope = NewDisposeScope();
            var sums = ridges.Select(_ => zeros(targets, n)).ToArray();
            var doubts = zeros(n);
            var gate = new Lock();
            Workers.Run(members, Environment.ProcessorCount, member =>
            {
                using var noGrad = no_grad();
                var (kernel, doubt) = Kernel(stack.Graph, stack.Member(member), features, labels, n);
                var weight = form == TrakKernel.GaussNewton ? doubt.mul(doubt.neg().add(Held(1), Held(1))) : ones_like(doubt);
                Tensor root = weight.sqrt(), own = kernel.slice(0, 0, n, 1), cross = kernel.slice(0, n, n + targets, 1);
                var weighted = own.mul(root.unsqueeze(0)).mul(root.unsqueeze(1));
                double mean = weighted.trace().item<float>() / n;
                for (int i = 0; i < ridges.Length; i++)
                {
                    using var ridgeScope = NewDisposeScope();
                    double ridge = ridges[i] * mean;
                    var matrix = weighted.clone();
                    matrix.diagonal().add_(Held(ridge), Held(1));
                    // φᵀ(ΦᵀWΦ + λI)⁻¹Φᵀ = (k - k√W (√W K √W + λI)⁻¹ √W K) / λ.
                    var solved = cholesky_solve(cross.mul(root).t().contiguous(), linalg.cholesky(matrix)).t();
                    var influence = cross.sub(solved.mul(root).mm(own)).div_(Held(ridge));
                    lock (gate)
                    {
                        sums[i].add_(influence, alpha: Held(1.0 / members));
                    }
                }

                lock (gate)
                {
                    doubts.add_(doubt, alpha: Held(1.0 / members));
                }
            });
            for (int i = 0; i < ridges.Length; i++)
            {
                total[i].add_(sums[i].mul_(doubts), alpha: Held(1.0 / epochs.Length));
            }
        }

        return total;
    }

    /// <summary>Inner products of the margin gradients of all rows and targets with those of the rows, [rows + targets, rows], and 1 - p of the rows.</summary>
    private static (Tensor Kernel, Tensor Doubt) Kernel(NetworkGraph graph, Tensor[] weights, Tensor features, Tensor labels, long n)
    {
        var outputs = new Tensor[graph.Nodes.Count];
        graph.Forward(weights, features, stacked: false, training: false, outputs);
        var logits = outputs[^1];
        var gradient = MarginGradient.Of(logits, labels);
        var kernel = zeros(features.shape[0], n);
        for (int layer = weights.Length / 2 - 1; layer >= 0; layer--)
        {
            // Nodes alternate: an affine layer at 2 x layer + 1, its ReLU behind it; its input is the node before.
            var input = outputs[2 * layer];
            kernel.add_(gradient.mm(gradient.slice(0, 0, n, 1).t()).mul_(input.mm(input.slice(0, 0, n, 1).t()).add_(Held(1), Held(1))), Held(1));
            if (layer > 0)
            {
                gradient = gradient.mm(weights[2 * layer]).mul_(input.gt(Held(0)));
            }
        }

        return (kernel, MarginGradient.Doubt(logits, labels).slice(0, 0, n, 1));
    }
}
