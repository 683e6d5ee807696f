using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// How much rows matter to the solution of a Gauss-Newton system: mostly by what each adds to the matrix's product with a first guess at the solution, ‖C J x‖, which is large for rows whose outputs the step moves where the loss
/// curves; and by the curvature of its loss among the logits, trace(C).
/// </summary>
internal static class RowImportance
{
    /// <summary>Share of the product; the rest is the curvature's, which sees to rows that the guess happens to leave alone.</summary>
    private const double ProductShare = 0.8;

    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, without model axis.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="loss">The loss whose curvature is meant.</param>
    /// <param name="guess">The guess, [trainable elements].</param>
    /// <param name="batchSize">Rows per pass.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>One value per row; they add up to 1 if any is above 0.</returns>
    public static float[] Of(NetworkGraph graph, Tensor[] weights, Tensor features, TrainingLoss loss, Tensor guess, int batchSize, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var direction = new ParameterVector(graph).Split(guess);
        List<float> curvatures = [], products = [];
        for (long start = 0; start < features.shape[0]; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (logits, tangent) = TangentPass.Run(graph, weights, direction, features.slice(0, start, Math.Min(start + batchSize, features.shape[0]), 1));
            var outputs = loss.Prediction(logits);
            products.AddRange(loss.Curve(outputs, tangent).norm(1).ToHost<float>());
            // Squared error curves alike everywhere.
            curvatures.AddRange(loss == TrainingLoss.CrossEntropy ? outputs.pow(Held(2)).sum([1]).neg().add(Held(1), Held(1)).clamp_min(Held(0)).ToHost<float>() : new float[logits.shape[0]]);
        }

        double curvature = Math.Max(curvatures.Sum(value => (double)value), float.Epsilon), product = Math.Max(products.Sum(value => (double)value), float.Epsilon);
        return [.. curvatures.Zip(products, (of, along) => (float)(((1 - ProductShare) * of / curvature) + (ProductShare * along / product)))];
    }
}
