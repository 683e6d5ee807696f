using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Retraining of linear models without a group of rows, in closed form. For ridge regression the change of all outputs is exactly
/// −H[:,F](I − H_FF)⁻¹ r_F with leverage H = X(XᵀX + λI)⁻¹Xᵀ and residuals r = y − Xθ of the rows F (Cook and Weisberg 1982, Residuals and Influence in Regression,
/// the deletion formula for several rows), plus the change of λ itself. For softmax regression Newton steps from the optimum on all rows lead to the optimum without F.
/// </summary>
/// <remarks>
/// Works from the rows alone: "now" is the optimum on all rows, which the models of the bank should have reached; their weights are not read. Solves are in double precision. Memory
/// is one matrix of (features + 1)² for squared error and ((features + 1) x classes)² for cross-entropy.
/// </remarks>
public sealed class LeverageExact : IAttributor
{
    private readonly LeverageExactOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public LeverageExact(LeverageExactOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "leverage-exact";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.None;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        if (bank.Graph.Spec.Kind != NetworkKind.Linear)
        {
            throw new UnsupportedLayerException(
                $"Layer '{bank.Graph.Nodes[1].Name}' of network {bank.Graph.Spec} is not the only one: {nameof(LeverageExact)} takes linear networks ({nameof(NetworkSpec)}.{nameof(NetworkSpec.Linear)}) alone. Use {nameof(GaussNewtonInfluence)} for others.");
        }
    }

    /// <inheritdoc/>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        if (bank.Graph.InputSize != rows.FeatureCount || bank.Graph.OutputSize != rows.OutputCount)
        {
            throw new ArgumentException($"The models take {bank.Graph.InputSize} features and have {bank.Graph.OutputSize} outputs, but the rows have {rows.FeatureCount} features and {rows.OutputCount} {rows.OutputNoun}.", nameof(rows));
        }

        return Fit(rows, progress, cancellationToken);
    }

    /// <summary>The fit itself: nothing of the bank goes into it.</summary>
    internal IFittedAttributor Fit(LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        rows.RequireLoss(options.Loss);
        IFittedAttributor? fitted = null;
        // A worker, because it computes with one thread: products over several lose most of their speed as soon as anything else runs.
        Workers.Run(1, 1, _ =>
        {
            using var noGrad = no_grad();
            fitted = options.Loss == TrainingLoss.SquaredError
                ? FittedRidgeLeverage.Fit(options, rows, cancellationToken)
                : FittedSoftmaxLeverage.Fit(options, rows, cancellationToken);
        });
        progress?.Report(new("attributing", 1, 1));
        return fitted!;
    }
}
