using MLNetUnlearning.Attribution.Solvers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The step (H_R + λI)⁻¹ g of one model, where H_R = H − UᵀU is the matrix of all rows less that of the rows to forget.</summary>
internal static class GaussNewtonSolve
{
    /// <summary>Most rows of U for every column for which the inverse is updated: U is held as a whole then.</summary>
    private const int MaxRowsPerColumn = 8;

    private const int MaxIterations = 40;

    /// <summary>Below the rounding of U itself.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>A residual of this share says that the iterations have failed.</summary>
    private const double MaxResidual = 1e-4;

    /// <summary>(H + λI)⁻¹ in double precision, [size, size], in the current dispose scope.</summary>
    public static Tensor Inverse(Tensor kernel, double ridge)
    {
        using var scope = NewDisposeScope();
        var matrix = kernel.to_type(ScalarType.Float64);
        matrix.diagonal().add_(Held(ridge), Held(1));
        return cholesky_inverse(linalg.cholesky(matrix)).MoveToOuterDisposeScope();
    }

    /// <summary>Solves for the step.</summary>
    /// <param name="model">The model's matrices.</param>
    /// <param name="roots">Square root of the Gauss-Newton matrix of the rows to forget, [entries, size], in parts.</param>
    /// <param name="gradient">The loss gradients of these rows, summed, [size].</param>
    /// <param name="ridge">λ.</param>
    /// <param name="cancellationToken">Checked between iterations.</param>
    /// <returns>[size] in float32, in the current dispose scope.</returns>
    public static Tensor Solve(GaussNewtonModel model, IReadOnlyList<Tensor> roots, Tensor gradient, double ridge, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        bool fits = roots.Sum(root => root.shape[0]) <= MaxRowsPerColumn * gradient.shape[0];
        var step = fits && model.Inverse is { } inverse ? Update(inverse, Joined(roots), gradient, cancellationToken) : null;
        return (step ?? Rebuild()).MoveToOuterDisposeScope();

        Tensor Rebuild()
        {
            var curvature = zeros_like(model.Kernel);
            foreach (var root in roots)
            {
                GaussNewtonEnsemble.AddSquare(curvature, root);
            }

            // The solve is small beside the products; double precision keeps it out of the error budget. Only the lower triangle is read.
            var matrix = model.Kernel.to_type(ScalarType.Float64).sub_(curvature);
            matrix.diagonal().add_(Held(ridge), Held(1));
            return cholesky_solve(gradient.to_type(ScalarType.Float64).unsqueeze(1), linalg.cholesky(matrix)).squeeze(1).to_type(ScalarType.Float32);
        }
    }

    private static Tensor Joined(IReadOnlyList<Tensor> parts) => parts is [var only] ? only : cat([.. parts]);

    /// <summary>
    /// Woodbury: with M = (H + λI)⁻¹, (M⁻¹ − UᵀU)⁻¹ g = Mg + MUᵀz where (I − UMUᵀ) z = UMg. That system is well conditioned unless the forget rows determine the model by themselves, so
    /// conjugate gradients need a few products with U and M, where a factorisation, of this matrix or of a rebuilt one, needs as many as there are rows or columns.
    /// </summary>
    /// <returns>[size] in float32, or null if the iterations have failed.</returns>
    private static Tensor? Update(Tensor inverse, Tensor root, Tensor gradient, CancellationToken cancellationToken)
    {
        // Products with the inverse, whose entries cancel, are in double precision.
        Tensor Inner(Tensor vector) => inverse.mv(root.t().mv(vector).to_type(ScalarType.Float64));
        Tensor Product(Tensor vector) => vector.sub(root.mv(Inner(vector).to_type(ScalarType.Float32)));
        var full = inverse.mv(gradient.to_type(ScalarType.Float64));
        var right = root.mv(full.to_type(ScalarType.Float32));
        var solution = ConjugateGradients.Solve(Product, right, residual => residual, MaxIterations, Tolerance, cancellationToken);
        double residual = right.sub(Product(solution)).norm().item<float>();
        return residual <= MaxResidual * right.norm().item<float>() ? full.add_(Inner(solution), Held(1)).to_type(ScalarType.Float32) : null;
    }
}
