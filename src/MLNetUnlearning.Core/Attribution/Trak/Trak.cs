using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// TRAK (Park et al. 2023, arXiv 2303.14186, equation 17): the score of row i for target z is
/// τ_i(z) = [mean over models of φ(z)ᵀ(K + λI)⁻¹φ(z_i)] · [mean over models of 1 − p_i],
/// with φ a randomly projected gradient of the margin and K the kernel of all rows. Predicted changes take the gradient of each logit of the target instead.
/// Of models trained with squared error φ is the gradient of an output and y_i − f_i takes the place of 1 − p_i, summed over the outputs of the row: both are what the derivation has there,
/// how fast the loss falls as the attributed quantity rises.
/// </summary>
/// <remarks>
/// The two means are taken separately, over the members of each checkpoint, and then multiplied; several checkpoints are averaged after that, because
/// early models have far larger 1 − p than late ones. With one checkpoint and <see cref="TrakKernel.Unweighted"/> it is the published estimator.
/// The scores are additive: for large or similar groups of forget rows <see cref="GaussNewtonInfluence"/> predicts better.
/// </remarks>
public sealed class Trak : IAttributor
{
    private readonly TrakOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public Trak(TrakOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "trak";

    /// <inheritdoc/>
    public AttributorNeeds Needs => options.UseDeletionMembers ? AttributorNeeds.None : AttributorNeeds.FullMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        TrakEnsemble.Require(options, bank.FullMembers, bank.DeletionMembers, bank.CheckpointEpochs);
        SupportedLayers.Require(bank.Graph);
    }

    /// <inheritdoc/>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        rows.RequireLoss(options.Loss);
        var ensemble = TrakEnsemble.Create(bank, options);
        TrakWorkingFolder.Check(ensemble, rows);
        int done = 0;
        var parts = Workers.Collect(ensemble.Count, options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            var (kernel, residual) = options.WorkingFolder is null
                ? ensemble.Accumulate(model, rows.Features, rows.Labels, cancellationToken)
                : TrakWorkingFolder.Accumulate(ensemble, model, rows, progress, cancellationToken);
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return new TrakPart(kernel.DetachFromDisposeScope(), residual.DetachFromDisposeScope());
        });
        TrakWorkingFolder.Clear(ensemble);
        var means = zeros(ensemble.Checkpoints, rows.Count * (long)ensemble.GradientsPerRow);
        for (int model = 0; model < parts.Length; model++)
        {
            means[ensemble.CheckpointOf(model)].add_(parts[model].Residual, alpha: Held(1.0 / ensemble.Members));
            parts[model].Residual.Dispose();
        }

        return new FittedTrak(ensemble, [.. parts.Select(part => part.Kernel)], means.DetachFromDisposeScope());
    }
}
