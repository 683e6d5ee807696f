using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// The way that the minimum of the training loss goes while the weight w of the rows that leave falls from 1 to 0: dθ/dw = −(H_R + w H_F + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i), in equal stages, each with the matrix at its end
/// (implicit Euler, one Newton iteration). With one stage it is the Gauss-Newton step. For a quadratic loss the end is the same for any number of stages, the exact minimum without the rows.
/// </summary>
/// <remarks>
/// A network fits its rows so well that at the start their residuals p − y are next to nothing. As they lose their weight their residuals grow, and with them the pull of what is left of them: that is what one step from the start
/// cannot see, and what groups of rows alike are held by.
/// </remarks>
internal static class DeletionPath
{
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
        // All ways begin in the same place: activations and rows are found once.
        using var first = new GroupSystem(graph, weights, rows, preconditioner, options, seed, cancellationToken);
        return [.. ridges.Select(ridge =>
        {
            using var scope = NewDisposeScope();
            var way = Stage(first, 0);
            for (int stage = 1; stage < options.Stages; stage++)
            {
                using var inner = NewDisposeScope();
                var moved = new ParameterVector(graph).Moved(weights, way);
                using var system = new GroupSystem(graph, moved, rows, preconditioner, options, StableRandom.Mix(seed, (ulong)stage), cancellationToken, first.Importance);
                way.add_(Stage(system, stage));
            }

            return way.MoveToOuterDisposeScope();

            Tensor Stage(GroupSystem system, int stage) =>
                system.Solve(ridge, options.Iterations, options.Tolerance, cancellationToken, 1 - ((stage + 1.0) / options.Stages)).div(options.Stages);
        })];
    }
}
