using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// The system (H_R + w H_F + λI) x = Σ_{i∈F} J_iᵀ(p_i − y_i) of one model in all parameters: the Gauss-Newton matrix of the rows that stay, from a sample of them, and the gradient of the rows that leave.
/// </summary>
internal sealed class GroupSystem : IDisposable
{
    /// <summary>Ridge for each row at which the first guess is made that tells which rows matter: about where steps work well, and the same whatever is solved after, so that ridges can be compared on the same rows.</summary>
    private const double GuessRidge = 0.01;

    private readonly Preconditioner preconditioner;
    private readonly Linearization leaving;
    private readonly Linearization staying;

    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, without model axis; not changed.</param>
    /// <param name="rows">Rows of the request.</param>
    /// <param name="preconditioner">The model's; it must live as long.</param>
    /// <param name="options">Rows and passes.</param>
    /// <param name="seed">Fixes which rows of the pool are taken.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <param name="importance">How much each row of the pool matters, if that is known; null: it is found out.</param>
    public GroupSystem(
        NetworkGraph graph, Tensor[] weights, GroupRows rows, Preconditioner preconditioner, GroupSolverOptions options, ulong seed, CancellationToken cancellationToken, float[]? importance = null)
    {
        this.preconditioner = preconditioner;
        leaving = new Linearization(graph, weights, rows.Forget, rows.Loss, options.BatchSize, cancellationToken);
        try
        {
            Right = leaving.Gradient(rows.ForgetLabels);
            using var scope = NewDisposeScope();
            bool all = rows.PoolIds.Length <= options.CurvatureRows;
            Importance = importance ?? (all ? [] : RowImportance.Of(graph, weights, rows.Pool, rows.Loss, preconditioner.Solve(Right, GuessRidge * rows.RowCount), options.BatchSize, cancellationToken));
            var (drawn, times) = CurvatureSample.Draw(Importance, rows.PoolIds, options.CurvatureRows, StableRandom.Mix(seed, StableRandom.RetainSample));
            double scale = rows.RetainCount / (double)Math.Max(1, rows.PoolIds.Length);
            staying = new Linearization(
                graph,
                weights,
                rows.Pool.index_select(0, tensor(drawn.Select(row => (long)row).ToArray())),
                rows.Loss,
                options.BatchSize,
                cancellationToken,
                tensor(times.Select(value => (float)(value * scale)).ToArray()));
        }
        catch
        {
            leaving.Dispose();
            throw;
        }
    }

    /// <summary>How much each row of the pool matters; empty if all are taken.</summary>
    public float[] Importance { get; }

    /// <summary>The right-hand side; it belongs to the dispose scope in which this object was made.</summary>
    public Tensor Right { get; }

    /// <summary>Solves by preconditioned conjugate gradients.</summary>
    /// <param name="ridge">λ.</param>
    /// <param name="iterations">Most iterations.</param>
    /// <param name="tolerance">Fall of the residual at which to stop.</param>
    /// <param name="cancellationToken">Checked at every iteration.</param>
    /// <param name="remaining">w, from 0 to 1: what the rows that leave still count in the matrix.</param>
    /// <param name="carried">Added to the right-hand side; null: nothing.</param>
    /// <returns>The step, in the current dispose scope.</returns>
    public Tensor Solve(double ridge, int iterations, double tolerance, CancellationToken cancellationToken, double remaining = 0, Tensor? carried = null)
    {
        Tensor Product(Tensor direction)
        {
            var product = staying.Curvature(direction).add_(direction, Held(ridge));
            return remaining > 0 ? product.add_(leaving.Curvature(direction), Held(remaining)) : product;
        }

        return ConjugateGradients.Solve(Product, carried is null ? Right : Right.add(carried, Held(1)), residual => preconditioner.Solve(residual, ridge), iterations, tolerance, cancellationToken);
    }

    public void Dispose()
    {
        leaving.Dispose();
        staying.Dispose();
    }
}
