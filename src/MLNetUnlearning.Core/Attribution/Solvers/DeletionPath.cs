using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// The way that the minimum of the training loss goes while the weight w of the rows that leave falls from 1 to 0: dθ/dw = −(H_R + w H_F + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i), in equal stages, each with the matrix at its end
/// (implicit Euler, one Newton iteration). With one stage it is the Gauss-Newton step. For a quadratic loss the end is the same for any number of stages, the exact minimum without the rows. Where there are several, a stage that
/// raises the loss (<see cref="DeletionLoss"/>) is halved until it does not.
/// </summary>
/// <remarks>
/// A network fits its rows so well that at the start their residuals p − y are next to nothing. As they lose their weight their residuals grow, and with them the pull of what is left of them: that is what one step from the start
/// cannot see, and what groups of rows alike are held by.
/// </remarks>
internal static class DeletionPath
{
    /// <summary>How often a stage is halved that raises the loss; then it is left out.</summary>
    private const int MaxHalvings = 5;

    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, without model axis; not changed.</param>
    /// <param name="rows">Rows of the request.</param>
    /// <param name="preconditioner">The model's, made where it stands.</param>
    /// <param name="ridges">λ, one value for each way wanted.</param>
    /// <param name="options">Solver.</param>
    /// <param name="seed">Fixes which rows of the pool are taken: others at each stage, whose chance averages out.</param>
    /// <param name="cancellationToken">Checked between batches and at every iteration.</param>
    /// <returns>For each ridge, the way from start to end, [trainable elements]; in the current dispose scope.</returns>
    public static Tensor[] Solve(
        NetworkGraph graph, Tensor[] weights, GroupRows rows, Preconditioner preconditioner, IReadOnlyList<double> ridges, GroupSolverOptions options, ulong seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var vector = new ParameterVector(graph);
        // All ways begin in the same place: activations and rows are found once.
        using var first = new GroupSystem(graph, weights, rows, preconditioner, options, seed, cancellationToken);
        if (options.Stages == 1)
        {
            // The solution itself: it can be meant to first order, and whoever evaluates it chooses its length.
            return [.. ridges.Select(ridge => scope.MoveToOuter(first.Solve(ridge, options.Iterations, options.Tolerance, cancellationToken)))];
        }

        var loss = new DeletionLoss(graph, weights, rows, options.BatchSize, cancellationToken);
        return [.. ridges.Select(ridge => scope.MoveToOuter(Way(ridge)))];

        Tensor Way(double ridge)
        {
            using var own = NewDisposeScope();
            Tensor way = zeros_like(first.Right), outputs = loss.Start;
            for (int stage = 0; stage < options.Stages; stage++)
            {
                using var inner = NewDisposeScope();
                double remaining = 1 - ((stage + 1.0) / options.Stages);
                using var next = stage == 0
                    ? null
                    : new GroupSystem(graph, vector.Moved(weights, way), rows, preconditioner, options, StableRandom.Mix(seed, (ulong)stage), cancellationToken, first.Importance);
                var step = (next ?? first).Solve(ridge, options.Iterations, options.Tolerance, cancellationToken, remaining).div_(Held(options.Stages));
                (way, outputs) = Go(way, step, outputs, remaining);
                inner.MoveToOuter(way, outputs);
            }

            return own.MoveToOuter(way);
        }

        // Goes as much of the step as lowers the loss: to where, and the outputs there.
        (Tensor Way, Tensor Outputs) Go(Tensor way, Tensor step, Tensor outputs, double remaining)
        {
            double before = loss.At(outputs, remaining);
            // A step that is not finite is not to be hidden: it is taken, and found by whoever looks at the end.
            bool finite = step.isfinite().all().item<bool>();
            for (int halving = 0; halving <= MaxHalvings; halving++)
            {
                var end = way.add(step, Held(1));
                var there = loss.Outputs(vector.Moved(weights, end));
                if (!finite || loss.At(there, remaining) <= before)
                {
                    return (end, there);
                }

                step.mul_(Held(0.5));
            }

            // Copies, so that what is returned belongs to the stage either way.
            return (way.clone(), outputs.clone());
        }
    }
}
