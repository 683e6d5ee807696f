using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Predicts the change of every logit by one Gauss-Newton step of the training loss without the forget rows:
/// Δθ = (H_R + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i), Δz(x) = J(x)Δθ, in a randomly projected gradient space, averaged over bank members and checkpoints.
/// </summary>
/// <remarks>
/// H_R is the Gauss-Newton matrix of the retained rows. Taking the forget rows out of it before solving is what makes groups come out right: the additive
/// sum of single-row influences is several times too small for them (for ridge regression this step is exact, Sherman-Morrison-Woodbury). The
/// predicted change is evaluated by one forward-mode pass along the lifted direction, so target rows need no gradients.
/// </remarks>
public sealed class GaussNewtonInfluence : IAttributor
{
    private readonly GaussNewtonInfluenceOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public GaussNewtonInfluence(GaussNewtonInfluenceOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => options.Solver == InfluenceSolver.Projected ? "gauss-newton" : "gauss-newton-full-dimension";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.FullMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        bank.RequireMembers(this);
        SupportedLayers.Require(bank.Graph);
    }

    /// <inheritdoc/>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        rows.RequireLoss(options.Loss);
        var ensemble = GaussNewtonEnsemble.Create(bank, options);
        if (options.Solver == InfluenceSolver.FullDimension)
        {
            return FittedFullGaussNewton.Fit(ensemble, rows, progress, cancellationToken);
        }

        return FittedGaussNewtonInfluence.Fit(ensemble, rows, progress, cancellationToken);
    }
}
