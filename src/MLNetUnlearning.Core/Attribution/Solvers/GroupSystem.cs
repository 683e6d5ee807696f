using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// The system (H_R + λI) x = Σ_{i∈F} J_iᵀ(p_i − y_i) of one model in all parameters: the Gauss-Newton matrix of the rows that stay, from a sample of them, and the gradient of the rows that leave.
/// </summary>
internal sealed class GroupSystem : IDisposable
{
    private readonly Linearization staying;
    private readonly double scale;

    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, without model axis; not changed.</param>
    /// <param name="retained">Sample of the rows that stay, [sample, features].</param>
    /// <param name="retainCount">Number of rows that the sample stands for.</param>
    /// <param name="forget">[rows that leave, features].</param>
    /// <param name="labels">[rows that leave], int64.</param>
    /// <param name="loss">The loss whose curvature is meant.</param>
    /// <param name="batchSize">Rows per pass.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public GroupSystem(NetworkGraph graph, Tensor[] weights, Tensor retained, int retainCount, Tensor forget, Tensor labels, TrainingLoss loss, int batchSize, CancellationToken cancellationToken)
    {
        scale = retainCount / (double)Math.Max(1, retained.shape[0]);
        Leaving = new Linearization(graph, weights, forget, loss, batchSize, cancellationToken);
        try
        {
            Right = Leaving.Gradient(labels);
            staying = new Linearization(graph, weights, retained, loss, batchSize, cancellationToken);
        }
        catch
        {
            Leaving.Dispose();
            throw;
        }
    }

    /// <summary>The rows that leave.</summary>
    public Linearization Leaving { get; }

    /// <summary>The right-hand side; it belongs to the dispose scope in which this object was made.</summary>
    public Tensor Right { get; }

    /// <summary>Solves by preconditioned conjugate gradients.</summary>
    /// <param name="preconditioner">The model's.</param>
    /// <param name="ridge">What is added to the diagonal.</param>
    /// <param name="iterations">Most iterations.</param>
    /// <param name="tolerance">Fall of the residual at which to stop.</param>
    /// <param name="cancellationToken">Checked at every iteration.</param>
    /// <returns>The step, in the current dispose scope.</returns>
    public Tensor Solve(Preconditioner preconditioner, double ridge, int iterations, double tolerance, CancellationToken cancellationToken) => ConjugateGradients.Solve(
        direction => staying.Curvature(direction).mul_(scale).add_(direction.mul(ridge)),
        Right,
        residual => preconditioner.Solve(residual, ridge),
        iterations,
        tolerance,
        cancellationToken);

    public void Dispose()
    {
        Leaving.Dispose();
        staying.Dispose();
    }
}
