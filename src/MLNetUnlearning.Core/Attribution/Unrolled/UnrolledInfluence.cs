using System.Globalization;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Predicts the change of every logit by going through the training once more, in a few long steps: in each part of it, around one checkpoint, the difference δ that missing rows make obeys dδ/dt = Σ_{i∈F} J_iᵀ(p_i − y_i) − H_R δ,
/// where t is the sum of learning rates, and one implicit Euler step solves (H_R + (1/τ + weight decay x rows) I) δ' = δ/τ + Σ_{i∈F} J_iᵀ(p_i − y_i). The sums of what rows did early and lost later, and of what they still do, come out at their own size.
/// </summary>
/// <remarks>
/// After approximate unrolled differentiation (Bae, Lin, Lorraine and Grosse, "Training Data Attribution via Approximate Unrolled Differentiation", NeurIPS 2024, arXiv 2405.12186, which cuts the training into segments likewise and takes single rows). Here
/// whole groups leave, so H_R lacks their rows; systems are solved in all parameters by conjugate gradients instead of Kronecker factors; and a segment is one implicit step. A Gauss-Newton step at the end of training takes
/// its force from residuals that are next to nothing there for rows learned early, and is several times too short for them.
/// </remarks>
public sealed class UnrolledInfluence : IAttributor
{
    /// <summary>Latest first checkpoint, as a share of the epochs: a part that begins with the training and is followed from where it ends sees nothing of its beginning.</summary>
    private const double LatestStart = 0.25;

    private readonly UnrolledInfluenceOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public UnrolledInfluence(UnrolledInfluenceOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "unrolled";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.FullMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        bank.RequireMembers(this);
        SupportedLayers.Require(bank.Graph);
        if (options.Training is null)
        {
            throw new ArgumentException($"Unrolled influence follows the training, and does not know it: set {nameof(UnrolledInfluenceOptions)}.{nameof(UnrolledInfluenceOptions.Training)} to the settings of the trainer.", nameof(bank));
        }

        int first = bank.CheckpointEpochs.Min();
        if (first > Math.Max(1, LatestStart * options.Training.Epochs))
        {
            throw new ArgumentException(
                $"Unrolled influence follows the training from its beginning, but the bank's first checkpoint is after epoch {first} of {options.Training.Epochs}. Train the bank with {nameof(ModelBankOptions)}.{nameof(ModelBankOptions.Checkpoints)} at {string.Join(", ", options.Checkpoints.Select(share => share.ToString(CultureInfo.InvariantCulture)))} of the training.", nameof(bank));
        }

        if (bank.CheckpointEpochs.Any(epoch => epoch > options.Training.Epochs))
        {
            throw new ArgumentException(
                $"The bank has a checkpoint after epoch {bank.CheckpointEpochs.Max()}, but {nameof(UnrolledInfluenceOptions)}.{nameof(UnrolledInfluenceOptions.Training)} has {options.Training.Epochs} epochs. Give it the settings that the bank was trained with.", nameof(bank));
        }
    }

    /// <inheritdoc/>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        rows.RequireLoss(options.Loss);
        return FittedUnrolledInfluence.Fit(options, bank, rows, progress, cancellationToken);
    }
}
