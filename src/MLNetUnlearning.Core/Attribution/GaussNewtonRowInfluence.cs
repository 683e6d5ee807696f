using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// What single training rows do to margins, from matrices that projected Gauss-Newton attribution has anyway: −J_m(x)(H + λI)⁻¹J_iᵀ(p_i − y_i), the influence function of the margin m of target x
/// (Koh and Liang 2017, arXiv 1703.04730), in logits. To first order the margin falls by this much when row i leaves.
/// </summary>
/// <remarks>The row is not taken out of the matrix first, as a group is for predictions: for one row that changes the size of its score by its leverage, and never the sign.</remarks>
internal static class GaussNewtonRowInfluence
{
    /// <summary>Scores every training row against every target.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Gauss-Newton matrix of each model over all rows.</param>
    /// <param name="ridge">λ.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="labels">Class of each target whose margin is meant, [targets].</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>[targets, rows]; the caller owns it.</returns>
    public static Tensor Compute(
        GaussNewtonEnsemble ensemble, IReadOnlyList<Tensor> kernels, double ridge, LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int workers = ensemble.Options.MaxWorkers, done = 0;
        var solved = Workers.Collect(ensemble.Count, workers, model =>
        {
            using var noGradients = no_grad();
            return Solve(ensemble, model, kernels[model], ridge, targets, labels, cancellationToken).Keep();
        });
        try
        {
            var weights = Weights(ensemble, [.. solved.Select(one => one.Sizes)]);
            var total = zeros(targets.shape[0], rows.Count);
            // As many models at once as there are workers, added up in the order of the models: the same bits for any number of them.
            for (int first = 0; first < ensemble.Count; first += workers)
            {
                int start = first;
                var parts = Workers.Collect(Math.Min(workers, ensemble.Count - first), workers, part =>
                {
                    using var noGradients = no_grad();
                    int model = start + part;
                    var scores = Score(ensemble, model, solved[model].Steps.mul(weights[model].unsqueeze(1)), rows, cancellationToken);
                    progress?.Report(new("attributing rows", Interlocked.Increment(ref done), ensemble.Count));
                    return scores.DetachFromDisposeScope();
                });
                foreach (var part in parts)
                {
                    total.add_(part);
                    part.Dispose();
                }
            }

            return total.DetachFromDisposeScope();
        }
        finally
        {
            foreach (var one in solved)
            {
                one.Dispose();
            }
        }
    }

    /// <summary>(H + λI)⁻¹J_mᵀ of every target, [targets, size], and √(sᵀHs) of each, by which models that stand at a point of long steps are known.</summary>
    private static Deletions.SolvedSteps Solve(GaussNewtonEnsemble ensemble, int model, Tensor kernel, double ridge, Tensor targets, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Features(model);
        var gradients = empty(targets.shape[0], ensemble.FeatureSize);
        ensemble.VisitFactored(model, map, targets, (start, batch) =>
        {
            var margin = MarginGradient.Of(batch.Logits, labels.slice(0, start, start + batch.Rows, 1));
            gradients.slice(0, start, start + batch.Rows, 1).copy_(map.Join(batch with { Classes = margin.unsqueeze(1).bmm(batch.Classes) }).squeeze(1));
        }, cancellationToken);
        var matrix = kernel.to_type(ScalarType.Float64, copy: true);
        matrix.diagonal().add_(ridge);
        var steps = cholesky_solve(gradients.t().to_type(ScalarType.Float64), linalg.cholesky(matrix)).to_type(ScalarType.Float32).t().contiguous();
        var sizes = steps.mm(kernel).mul_(steps).sum([1]).clamp_min_(0).sqrt_();
        return new(steps.MoveToOuterDisposeScope(), sizes.MoveToOuterDisposeScope());
    }

    /// <summary>Each model's weight in the mean, [targets] per model: as predictions are bounded, see <see cref="GaussNewtonEnsemble.Weigh"/>, but for each target by itself, so that no score depends on the targets beside it.</summary>
    private static Tensor[] Weights(GaussNewtonEnsemble ensemble, Tensor[] sizes)
    {
        var weights = new Tensor[sizes.Length];
        int members = sizes.Length / ensemble.Checkpoints;
        for (int checkpoint = 0; checkpoint < ensemble.Checkpoints; checkpoint++)
        {
            int[] group = [.. Enumerable.Range(0, sizes.Length).Where(model => model % ensemble.Checkpoints == checkpoint)];
            var limit = stack([.. group.Select(model => sizes[model])]).sort(dim: 0).Values[members / 2].mul(ensemble.Options.OutlierRatio);
            foreach (int model in group)
            {
                weights[model] = minimum(limit.div(sizes[model].clamp_min(1e-20)), ones_like(limit)).div(sizes.Length);
            }
        }

        return weights;
    }

    private static Tensor Score(GaussNewtonEnsemble ensemble, int model, Tensor steps, LabeledRows rows, CancellationToken cancellationToken)
    {
        using var map = ensemble.Features(model);
        var scores = empty(steps.shape[0], rows.Count);
        ensemble.VisitFactored(model, map, rows.Features, (start, batch) =>
        {
            var gradient = ensemble.LossGradient(map, batch, rows.Labels.slice(0, start, start + batch.Rows, 1));
            scores.slice(1, start, start + batch.Rows, 1).copy_(steps.mm(gradient.t()).neg_());
        }, cancellationToken);
        return scores;
    }
}
