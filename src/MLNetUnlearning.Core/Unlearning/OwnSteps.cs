using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Steps of single models from their own weights: one Newton step (H_R + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i) of the training loss without the rows F, from where it was minimal with them, or several stages of it
/// (<see cref="DeletionPath"/>).
/// </summary>
internal static class OwnSteps
{
    /// <summary>Solves for every model of a stack.</summary>
    /// <param name="models">The models.</param>
    /// <param name="rows">The rows that they were trained on.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="options">Damping and solver; the multiplier is not used.</param>
    /// <param name="seed">Fixes the sample of retain rows.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches and at every iteration.</param>
    /// <returns>[models, trainable elements]; it belongs to the current dispose scope.</returns>
    public static Tensor Solve(ModelStack models, LabeledRows rows, int[] forget, GaussNewtonStepOptions options, ulong seed, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var request = Rows(rows, forget, options, seed);
        var steps = zeros(models.Count, models.Graph.TrainableCount);
        int done = 0;
        Workers.Run(models.Count, options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            steps[model].copy_(SolveOne(models.Graph, models.Member(model), request, options, [options.Damping], cancellationToken)[0]);
            progress?.Report(new("solving for each model's step", Interlocked.Increment(ref done), models.Count));
        });
        return steps.MoveToOuterDisposeScope();
    }

    /// <summary>The rows of one request as the solver sees them.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="options">Number of retain rows.</param>
    /// <param name="seed">Fixes which.</param>
    public static GroupRows Rows(LabeledRows rows, int[] forget, GaussNewtonStepOptions options, ulong seed)
    {
        var loss = options.Loss ?? rows.Loss;
        rows.RequireLoss(loss);
        return GroupRows.Of(rows, forget, options.CurvatureRows, seed, loss);
    }

    /// <summary>Solves for one model.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, without model axis; not changed.</param>
    /// <param name="request">The request's rows.</param>
    /// <param name="options">Solver.</param>
    /// <param name="dampings">Dampings, in place of the options'; activations are computed once for all.</param>
    /// <param name="cancellationToken">Checked between batches and at every iteration.</param>
    /// <returns>One step [trainable elements] per damping.</returns>
    public static Tensor[] SolveOne(NetworkGraph graph, Tensor[] weights, GroupRows request, GaussNewtonStepOptions options, IReadOnlyList<double> dampings, CancellationToken cancellationToken)
    {
        using var preconditioner = new Preconditioner(graph, weights, request.Pool, request.RetainCount, request.Loss, StableRandom.Projection);
        // One seed for all models: a model's step must not depend on the models beside it.
        return DeletionPath.Solve(graph, weights, request, preconditioner, [.. dampings.Select(damping => damping * options.WeightDecay * request.RowCount)], options.Solver, StableRandom.Projection, cancellationToken);
    }

    /// <summary>Copies of models, moved along their steps, their logits shrunk.</summary>
    /// <param name="models">The models; not changed.</param>
    /// <param name="steps">[models, trainable elements].</param>
    /// <param name="options">Multiplier and shrinkage.</param>
    /// <param name="share">Share of the rows that leave.</param>
    /// <exception cref="InvalidOperationException">A model's weights are not finite where its step ends.</exception>
    public static ModelStack Apply(ModelStack models, Tensor steps, GaussNewtonStepOptions options, double share)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var moved = models.Clone();
        double scale = Scale(options.Shrinkage, share);
        var last = LastLayer(models.Graph);
        for (int model = 0; model < models.Count; model++)
        {
            var weights = new ParameterVector(models.Graph).Moved(models.Member(model), steps[model].mul(Held(options.Multiplier)));
            for (int i = last.FirstParameter; scale != 1 && i < last.FirstParameter + last.Operation.Parameters.Count; i++)
            {
                weights[i] = weights[i].mul(Held(scale));
            }

            if (!weights.All(tensor => tensor.isfinite().all().item<bool>()))
            {
                moved.Dispose();
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"The Gauss-Newton step of model {model} ran away to weights that are not finite. Take more Damping than {options.Damping}, or choose it with GaussNewtonStepCalibration."));
            }

            for (int i = 0; i < weights.Length; i++)
            {
                moved.Tensors[i][model].copy_(weights[i]);
            }
        }

        return moved;
    }

    /// <summary>What the logits change by along the steps to first order, J x.</summary>
    /// <param name="models">The models.</param>
    /// <param name="steps">[models, trainable elements].</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="options">Batch size and workers.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>[models, targets, classes]; it belongs to the current dispose scope.</returns>
    public static Tensor Linearized(ModelStack models, Tensor steps, Tensor targets, GaussNewtonStepOptions options, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var result = zeros(models.Count, targets.shape[0], models.Graph.OutputSize);
        Workers.Run(models.Count, options.MaxWorkers, model =>
        {
            var weights = models.Member(model);
            var direction = new ParameterVector(models.Graph).Split(steps[model]);
            for (long start = 0; start < targets.shape[0]; start += options.BatchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var batch = NewDisposeScope();
                long end = Math.Min(start + options.BatchSize, targets.shape[0]);
                result[model].slice(0, start, end, 1).copy_(TangentPass.Run(models.Graph, weights, direction, targets.slice(0, start, end, 1)).Tangent);
            }
        });
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Factor on the logits for a share of the rows that leave.</summary>
    public static double Scale(double shrinkage, double share) => Math.Max(0, 1 - (shrinkage * share));

    /// <summary>The affine layer that gives the logits: what scales it scales them. Every network here ends in one.</summary>
    private static GraphNode LastLayer(NetworkGraph graph) => graph.Nodes.Last(node => node.Operation is LinearOperation);
}
