using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>An affine model with a known optimum in float64, so that "retrained without these rows" is exact. The bias is regularised like the weights.</summary>
/// <param name="Rows">The training rows.</param>
/// <param name="Loss">What is minimised, plus half of <see cref="Ridge"/> times the squared weights.</param>
/// <param name="WeightDecay">Weight decay per row.</param>
internal sealed record ConvexProblem(LabeledRows Rows, TrainingLoss Loss, double WeightDecay)
{
    public double Ridge => WeightDecay * Rows.Count;

    public Tensor Inputs { get; } = cat([Rows.Features.to_type(ScalarType.Float64), ones(Rows.Count, 1, dtype: ScalarType.Float64)], 1);

    public Tensor Targets { get; } = LossTerms.Targets(Rows.Labels, Rows.OutputCount).to_type(ScalarType.Float64);

    /// <summary>The optimum [features + 1, classes] without some rows: by one Newton step for squared error, by Newton's method for cross-entropy.</summary>
    public Tensor Solve(params int[] without)
    {
        var kept = tensor(Enumerable.Range(0, Rows.Count).Except(without).Select(row => (long)row).ToArray());
        Tensor inputs = Inputs.index_select(0, kept), targets = Targets.index_select(0, kept);
        var theta = zeros(inputs.shape[1], targets.shape[1], dtype: ScalarType.Float64);
        for (int step = 0; step < 50; step++)
        {
            var outputs = Outputs(inputs.mm(theta));
            var gradient = inputs.t().mm(outputs.sub(targets)).add(theta, alpha: Held(Ridge));
            if (gradient.abs().max().item<double>() < 1e-10)
            {
                return theta;
            }

            var change = linalg.solve(Curvature(inputs, outputs), gradient.flatten().unsqueeze(1));
            theta = theta.sub(change.view(theta.shape));
        }

        throw new InvalidOperationException("Newton's method did not converge.");
    }

    /// <summary>Additive influence of some rows on the logits of all rows: the same step, but with those rows still in the curvature.</summary>
    public Tensor AdditiveInfluence(Tensor theta, int[] forget)
    {
        var outputs = Outputs(Inputs.mm(theta));
        var index = tensor(forget.Select(row => (long)row).ToArray());
        var gradient = Inputs.index_select(0, index).t().mm(outputs.sub(Targets).index_select(0, index));
        return Inputs.mm(linalg.solve(Curvature(Inputs, outputs), gradient.flatten().unsqueeze(1)).view(theta.shape));
    }

    private Tensor Outputs(Tensor logits) => Loss == TrainingLoss.CrossEntropy ? logits.softmax(1) : logits;

    private Tensor Curvature(Tensor inputs, Tensor outputs)
    {
        long classes = outputs.shape[1], size = inputs.shape[1] * classes;
        // diag(p) - p pᵀ = RᵀR with R = diag(√p)(I - 1pᵀ), and the whole matrix is that of the products of R with the inputs.
        var identity = eye(classes, dtype: ScalarType.Float64).expand(inputs.shape[0], -1, -1);
        var roots = Loss == TrainingLoss.CrossEntropy ? identity.sub(outputs.unsqueeze(1)).mul(outputs.sqrt().unsqueeze(2)) : identity;
        var tall = roots.unsqueeze(2).mul(inputs.unsqueeze(1).unsqueeze(3)).view(-1, size);
        return tall.t().mm(tall).add(eye(size, dtype: ScalarType.Float64), alpha: Held(Ridge));
    }
}
