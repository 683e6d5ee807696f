using MLNetUnlearning.Attribution.Datamodels;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Predicts the change of every logit by linear regression on retrained models: output(member) ≈ b + Σ_{i lacking} γ_i, change when F leaves = Σ_{i∈F} γ_i
/// (Ilyas et al. 2022, "Datamodels", arXiv 2202.00622; used for unlearning by arXiv 2410.23232).
/// </summary>
/// <remarks>
/// Nothing but the members' outputs and the rows that each lacks goes in: no gradients, any architecture. It takes many members, though: a row's coefficient has a standard error of about the spread of
/// outputs over members, times 1/√(members that lack it). Coefficients are additive, so a group's effect beyond the sum of its rows is missed unless the plan deletes groups like it;
/// and they hold at the size that the members were trained at. Full members count as observations that lack nothing.
/// </remarks>
public sealed class RegressionDatamodels : IAttributor
{
    private const int MinMembers = 5;

    private readonly RegressionDatamodelsOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public RegressionDatamodels(RegressionDatamodelsOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "regression-datamodels";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.DeletionMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        bank.RequireMembers(this);
        if (bank.FullMembers + bank.DeletionMembers < MinMembers)
        {
            throw new ArgumentException($"Regression datamodels need at least {MinMembers} bank members to choose their penalty; the bank has {bank.FullMembers + bank.DeletionMembers}. Train a larger bank.", nameof(bank));
        }
    }

    /// <inheritdoc/>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        return FittedRegressionDatamodels.Fit(bank, rows, options, progress, cancellationToken);
    }
}
