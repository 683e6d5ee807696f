using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Projected Gauss-Newton steps of one model for many deletions at once: one pass over the rows for as many deletions as memory allows.</summary>
internal static class DeletionSteps
{
    /// <param name="ensemble">The models.</param>
    /// <param name="model">Which of them.</param>
    /// <param name="curvature">Gauss-Newton matrix of all rows, [size, size].</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="deletions">Positions of the rows that each deletion takes.</param>
    /// <param name="ridges">What is added to the diagonal, one solution for each.</param>
    /// <param name="maxBytes">Memory for the deletions' own matrices.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>The steps, in the current dispose scope.</returns>
    public static SolvedSteps Solve(
        GaussNewtonEnsemble ensemble, int model, Tensor curvature, LabeledRows rows, IReadOnlyList<int[]> deletions, IReadOnlyList<double> ridges, long maxBytes, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        int size = ensemble.FeatureSize;
        var steps = zeros(ridges.Count, deletions.Count, size);
        var sizes = zeros(ridges.Count, deletions.Count);
        int group = (int)Math.Clamp(maxBytes / (4L * size * size), 1, Math.Max(1, deletions.Count));
        for (int first = 0; first < deletions.Count; first += group)
        {
            using var groupScope = NewDisposeScope();
            int[][] part = [.. deletions.Skip(first).Take(group)];
            var (matrices, gradients) = Accumulate(ensemble, model, rows, part, cancellationToken);
            for (int d = 0; d < part.Length; d++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var one = NewDisposeScope();
                var matrix = curvature.sub(matrices[d]).to_type(ScalarType.Float64);
                var gradient = gradients[d].to_type(ScalarType.Float64).unsqueeze(1);
                double added = 0;
                for (int r = 0; r < ridges.Count; r++)
                {
                    matrix.diagonal().add_(Held(ridges[r] - added), Held(1));
                    added = ridges[r];
                    var step = cholesky_solve(gradient, linalg.cholesky(matrix)).squeeze(1).to_type(ScalarType.Float32);
                    steps[r, first + d].copy_(step);
                    sizes[r, first + d].copy_(step.dot(curvature.mv(step)).clamp_min(Held(0)).sqrt());
                }
            }
        }

        return new(steps.MoveToOuterDisposeScope(), sizes.MoveToOuterDisposeScope());
    }

    private static (Tensor[] Matrices, Tensor[] Gradients) Accumulate(GaussNewtonEnsemble ensemble, int model, LabeledRows rows, int[][] deletions, CancellationToken cancellationToken)
    {
        int size = ensemble.FeatureSize;
        Tensor[] matrices = [.. deletions.Select(_ => zeros(size, size))], gradients = [.. deletions.Select(_ => zeros(size))];
        // Only rows that some deletion takes are looked at.
        int[] used = [.. deletions.SelectMany(taken => taken).Distinct().Order()];
        var place = new int[rows.Count];
        for (int i = 0; i < used.Length; i++)
        {
            place[used[i]] = i;
        }

        var index = DeletionRecord.Positions(used);
        var features = rows.Features.index_select(0, index);
        var labels = rows.Labels.index_select(0, index);
        ensemble.Visit(model, features, labels, (start, root, gradient) =>
        {
            int end = start + (int)root.shape[0];
            for (int d = 0; d < deletions.Length; d++)
            {
                using var scope = NewDisposeScope();
                long[] inside = [.. deletions[d].Select(row => place[row]).Where(i => i >= start && i < end).Select(i => (long)(i - start))];
                if (inside.Length > 0)
                {
                    var batch = tensor(inside).clone();
                    var tall = root.index_select(0, batch).flatten(0, 1);
                    matrices[d].addmm_(tall.t(), tall, 1, 1);
                    gradients[d].add_(gradient!.index_select(0, batch).sum([0]), Held(1));
                }
            }
        }, cancellationToken);
        return (matrices, gradients);
    }
}
