using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Gauss-Newton influence, or unrolled influence, whose checkpoints, dampings and scale are fitted on what happened to bank members that were trained without some rows: least squares weights,
/// local in how concentrated the deleted rows are, apart for targets that leave and targets that stay. The request being served has no part in it.
/// </summary>
public sealed class Calibration : IAttributor
{
    private readonly CalibrationOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public Calibration(CalibrationOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "calibrated-gauss-newton";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.FullMembers | AttributorNeeds.DeletionMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank) => FittedCalibration.Require(bank, options);

    /// <inheritdoc cref="IAttributor.Fit"/>
    public FittedCalibration Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        return FittedCalibration.Fit(options, bank, rows, progress, cancellationToken);
    }

    IFittedAttributor IAttributor.Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        Fit(bank, rows, progress, cancellationToken);
}
