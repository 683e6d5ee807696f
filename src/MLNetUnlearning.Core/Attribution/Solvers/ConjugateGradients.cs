using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>Preconditioned conjugate gradients for a symmetric positive definite system.</summary>
internal static class ConjugateGradients
{
    /// <param name="product">Multiplies by the matrix.</param>
    /// <param name="right">Right-hand side.</param>
    /// <param name="precondition">Multiplies by an approximate inverse.</param>
    /// <param name="iterations">Most iterations.</param>
    /// <param name="tolerance">Stops when the residual's norm, in the preconditioner's metric, has fallen by this factor.</param>
    /// <param name="cancellationToken">Checked at every iteration.</param>
    /// <param name="start">Where to start; null: at zero. It costs a multiplication, and the tolerance is of the residual there.</param>
    /// <returns>The solution.</returns>
    public static Tensor Solve(
        Func<Tensor, Tensor> product, Tensor right, Func<Tensor, Tensor> precondition, int iterations, double tolerance, CancellationToken cancellationToken, Tensor? start = null)
    {
        using var scope = NewDisposeScope();
        var solution = start?.clone() ?? zeros_like(right);
        var residual = start is null ? right.clone() : right.sub(product(start));
        var preconditioned = precondition(residual);
        var direction = preconditioned.clone();
        double squared = residual.dot(preconditioned).item<float>(), first = squared;
        // Negated, so that a right-hand side that is not a number gives a solution that is none, and not zero.
        for (int i = 0; i < iterations && !(squared <= tolerance * tolerance * first); i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var image = product(direction);
            double curvature = direction.dot(image).item<float>();
            if (curvature == 0)
            {
                // So close to the solution that single precision holds no more of the direction.
                break;
            }

            double length = squared / curvature;
            solution.add_(direction.mul(Held(length)), Held(1));
            residual.sub_(image.mul(Held(length)));
            preconditioned = precondition(residual);
            double next = residual.dot(preconditioned).item<float>();
            direction.mul_(Held(next / squared)).add_(preconditioned, Held(1));
            squared = next;
        }

        return solution.MoveToOuterDisposeScope();
    }
}
