using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Predicts the change of every logit by a Gaussian process over deletion sets: its mean is calibrated influence, its covariance says that sets of similar rows, or of similar
/// predicted effects, do similar things, and its data are the bank members that were trained without some rows. Where the bank has seen deletions like the request it follows
/// them; elsewhere it falls back on its mean. It also says how far off it expects to be.
/// </summary>
public sealed class DeletionGaussianProcess : IAttributor
{
    private readonly DeletionGaussianProcessOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public DeletionGaussianProcess(DeletionGaussianProcessOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "deletion-gaussian-process";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.FullMembers | AttributorNeeds.DeletionMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank) => FittedCalibration.Require(bank, options.Mean);

    /// <inheritdoc cref="IAttributor.Fit"/>
    public FittedDeletionGaussianProcess Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        return FittedDeletionGaussianProcess.Fit(options, bank, rows, progress, cancellationToken);
    }

    IFittedAttributor IAttributor.Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        Fit(bank, rows, progress, cancellationToken);
}
