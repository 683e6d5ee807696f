using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The step (H_R + λI)⁻¹ g of one model, where H_R = H − UᵀU is the matrix of all rows less that of the rows to forget.</summary>
internal static class GaussNewtonStep
{
    /// <summary>
    /// Updating the inverse costs less than a new factorisation while U has less than one row per this many columns: its products run over all columns in double precision.
    /// </summary>
    private const int ColumnsPerRow = 2;

    /// <summary>(H + λI)⁻¹ in double precision, [size, size], in the current dispose scope.</summary>
    public static Tensor Inverse(Tensor kernel, double ridge)
    {
        using var scope = NewDisposeScope();
        var matrix = kernel.to_type(ScalarType.Float64);
        matrix.diagonal().add_(ridge);
        return cholesky_inverse(linalg.cholesky(matrix)).MoveToOuterDisposeScope();
    }

    /// <summary>Solves for the step.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="map">The model's projections.</param>
    /// <param name="model">The model's matrices.</param>
    /// <param name="forget">Gradients of the rows to forget, in parts.</param>
    /// <param name="labels">Classes of the rows to forget.</param>
    /// <param name="ridge">λ.</param>
    /// <returns>[size] in float32, in the current dispose scope.</returns>
    public static Tensor Solve(GaussNewtonEnsemble ensemble, GradientFeatures map, GaussNewtonModel model, IReadOnlyList<LogitGradients> forget, Tensor labels, double ridge)
    {
        using var scope = NewDisposeScope();
        var gradient = zeros(map.Size);
        long start = 0;
        foreach (var part in forget)
        {
            gradient.add_(ensemble.LossGradient(map, part, labels.slice(0, start, start += part.Rows, 1)).sum([0]));
        }

        // The solve is small beside the gradients; double precision keeps it out of the error budget.
        var right = gradient.to_type(ScalarType.Float64).unsqueeze(1);
        bool isSmall = ColumnsPerRow * start * map.Classes < map.Size;
        var step = isSmall && model.Inverse is { } inverse ? Update(inverse, cat([.. forget.Select(part => ensemble.Root(map, part).flatten(0, 1))]), right) : Rebuild();
        return step.squeeze(1).to_type(ScalarType.Float32).MoveToOuterDisposeScope();

        Tensor Rebuild()
        {
            var curvature = zeros_like(model.Kernel);
            foreach (var part in forget)
            {
                GaussNewtonEnsemble.AddSquare(curvature, ensemble.Root(map, part));
            }

            // Only the lower triangle is read.
            var matrix = model.Kernel.to_type(ScalarType.Float64).sub_(curvature);
            matrix.diagonal().add_(ridge);
            return cholesky_solve(right, linalg.cholesky(matrix));
        }
    }

    /// <summary>
    /// Woodbury: with M = (H + λI)⁻¹ and Z = MUᵀ, (M⁻¹ − UᵀU)⁻¹ g = Mg + Z (I − UZ)⁻¹ U M g. I − UZ is positive definite because H_R + λI is.
    /// </summary>
    private static Tensor Update(Tensor inverse, Tensor root, Tensor gradient)
    {
        var tall = root.to_type(ScalarType.Float64);
        var spread = inverse.mm(tall.t());
        var small = tall.mm(spread).neg_();
        small.diagonal().add_(1);
        var full = inverse.mm(gradient);
        return full.add_(spread.mm(cholesky_solve(tall.mm(full), linalg.cholesky(small))));
    }
}
