using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// What single training rows do to margins, from matrices that projected Gauss-Newton attribution has anyway: −J_m(x)(H + λI)⁻¹J_iᵀ(p_i − y_i), the influence function of the margin m of target x
/// (Koh and Liang 2017, arXiv 1703.04730), in logits. To first order the margin falls by this much when row i leaves. Where rows have values, m is one of the outputs.
/// </summary>
/// <remarks>The row is not taken out of the matrix first, as a group is for predictions: for one row that changes the size of its score by its leverage, and never the sign.</remarks>
internal sealed class GaussNewtonRowInfluence : IPreparedInfluence
{
    private readonly GaussNewtonEnsemble ensemble;
    private readonly IReadOnlyList<Tensor> kernels;
    private readonly double ridge;
    private readonly LabeledRows rows;
    private readonly bool hasValues;
    private readonly int outputs;
    private readonly Tensor?[] factors;
    private readonly Tensor?[] gradients;

    private GaussNewtonRowInfluence(GaussNewtonEnsemble ensemble, IReadOnlyList<Tensor> kernels, double ridge, LabeledRows rows)
    {
        this.ensemble = ensemble;
        this.kernels = kernels;
        this.ridge = ridge;
        this.rows = rows;
        hasValues = rows.HasValues;
        outputs = rows.OutputCount;
        factors = new Tensor?[ensemble.Count];
        gradients = new Tensor?[ensemble.Count];
    }

    /// <summary>Computes what there is room for.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Gauss-Newton matrix of each model over all rows; not owned.</param>
    /// <param name="ridge">λ.</param>
    /// <param name="rows">The training rows; not owned.</param>
    /// <param name="maxBytes">Memory.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static GaussNewtonRowInfluence Prepare(
        GaussNewtonEnsemble ensemble, IReadOnlyList<Tensor> kernels, double ridge, LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var result = new GaussNewtonRowInfluence(ensemble, kernels, ridge, rows);
        long factor = sizeof(double) * (long)ensemble.FeatureSize * ensemble.FeatureSize, gradient = sizeof(float) * (long)ensemble.FeatureSize * rows.Count;
        int factored = (int)Math.Min(ensemble.Count, maxBytes / factor);
        int held = factored < ensemble.Count ? 0 : (int)Math.Min(ensemble.Count, (maxBytes - (factored * factor)) / gradient);
        int done = 0;
        try
        {
            Workers.Run(factored, ensemble.Options.MaxWorkers, model =>
            {
                using var noGrad = no_grad();
                result.factors[model] = result.Factor(model).DetachFromDisposeScope();
                if (model < held)
                {
                    var all = empty(rows.Count, ensemble.FeatureSize);
                    result.VisitRows(model, (start, own) => all.slice(0, start, start + own.shape[0], 1).copy_(own), cancellationToken);
                    result.gradients[model] = all.DetachFromDisposeScope();
                }

                progress?.Report(new("attributing rows", Interlocked.Increment(ref done), factored));
            });
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public Tensor RowInfluence(Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int workers = ensemble.Options.MaxWorkers, done = 0;
        var solved = Workers.Collect(ensemble.Count, workers, model =>
        {
            using var noGradients = no_grad();
            return Solve(model, targets, labels, cancellationToken).Keep();
        });
        try
        {
            var weights = Weights([.. solved.Select(one => one.Sizes)]);
            var total = zeros(targets.shape[0], rows.Count);
            // As many models at once as there are workers, added up in the order of the models: the same bits for any number of them.
            for (int first = 0; first < ensemble.Count; first += workers)
            {
                int start = first;
                var parts = Workers.Collect(Math.Min(workers, ensemble.Count - first), workers, part =>
                {
                    using var noGradients = no_grad();
                    int model = start + part;
                    var scores = Score(model, solved[model].Steps.mul(weights[model].unsqueeze(1)), cancellationToken);
                    progress?.Report(new("attributing rows", Interlocked.Increment(ref done), ensemble.Count));
                    return scores.DetachFromDisposeScope();
                });
                foreach (var part in parts)
                {
                    total.add_(part, Held(1));
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
    private Deletions.SolvedSteps Solve(int model, Tensor targets, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Features(model);
        var own = empty(targets.shape[0], ensemble.FeatureSize);
        ensemble.VisitFactored(model, map, targets, (start, batch) =>
        {
            var meant = labels.slice(0, start, start + batch.Rows, 1);
            var margin = hasValues ? nn.functional.one_hot(meant, outputs).to_type(batch.Logits.dtype) : MarginGradient.Of(batch.Logits, meant);
            own.slice(0, start, start + batch.Rows, 1).copy_(map.Join(batch with { Classes = margin.unsqueeze(1).bmm(batch.Classes) }).squeeze(1));
        }, cancellationToken);
        var steps = cholesky_solve(own.t().to_type(ScalarType.Float64), factors[model] ?? Factor(model)).to_type(ScalarType.Float32).t().contiguous();
        var sizes = steps.mm(kernels[model]).mul_(steps).sum([1]).clamp_min_(Held(0)).sqrt_();
        return new(steps.MoveToOuterDisposeScope(), sizes.MoveToOuterDisposeScope());
    }

    /// <summary>Each model's weight in the mean, [targets] per model: as predictions are bounded, see <see cref="GaussNewtonEnsemble.Weigh"/>, but for each target by itself, so that no score depends on the targets beside it.</summary>
    private Tensor[] Weights(Tensor[] sizes)
    {
        var weights = new Tensor[sizes.Length];
        int members = sizes.Length / ensemble.Checkpoints;
        for (int checkpoint = 0; checkpoint < ensemble.Checkpoints; checkpoint++)
        {
            int[] group = [.. Enumerable.Range(0, sizes.Length).Where(model => model % ensemble.Checkpoints == checkpoint)];
            var limit = stack([.. group.Select(model => sizes[model])]).sort(dim: 0).Values[members / 2].mul(Held(ensemble.Options.OutlierRatio));
            foreach (int model in group)
            {
                weights[model] = minimum(limit.div(sizes[model].clamp_min(Held(1e-20))), ones_like(limit)).div(Held(sizes.Length));
            }
        }

        return weights;
    }

    private Tensor Score(int model, Tensor steps, CancellationToken cancellationToken)
    {
        var scores = empty(steps.shape[0], rows.Count);
        VisitRows(model, (start, own) => scores.slice(1, start, start + own.shape[0], 1).copy_(steps.mm(own.t()).neg_()), cancellationToken);
        return scores;
    }

    /// <summary>Gives each row's gradient of the loss batch by batch, those that are held in the batches in which they were computed: products round by where they are cut.</summary>
    private void VisitRows(int model, Action<int, Tensor> visit, CancellationToken cancellationToken)
    {
        using var map = ensemble.Features(model);
        if (gradients[model] is { } held)
        {
            int size = ensemble.PassRows(map);
            for (int start = 0; start < rows.Count; start += size)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                visit(start, held.slice(0, start, Math.Min(start + size, rows.Count), 1));
            }

            return;
        }

        ensemble.VisitFactored(model, map, rows.Features, (start, batch) => visit(start, ensemble.LossGradient(map, batch, rows.Labels.slice(0, start, start + batch.Rows, 1))), cancellationToken);
    }

    private Tensor Factor(int model)
    {
        using var scope = NewDisposeScope();
        var matrix = kernels[model].to_type(ScalarType.Float64, copy: true);
        matrix.diagonal().add_(Held(ridge), Held(1));
        return linalg.cholesky(matrix).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in factors.Concat(gradients))
        {
            tensor?.Dispose();
        }
    }
}
