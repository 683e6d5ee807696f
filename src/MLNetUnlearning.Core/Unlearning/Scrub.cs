using System.Diagnostics;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// SCRUB (Kurmanji et al., arXiv 2302.09880): the original model teaches a copy of itself. Early epochs push the copy's outputs away from the teacher's on the forget rows; every epoch pulls
/// them back to the labels and to the teacher's on the retain rows.
/// </summary>
/// <remarks>
/// It has no target on the forget rows: they are pushed for as long as the early epochs last. The optimiser moves the student; a published benchmark optimises the
/// teacher by mistake, and so finds that the method does nothing. Batch normalisation keeps its running statistics: batches of forget rows alone would shift them. The
/// published code lets them move.
/// </remarks>
public sealed class Scrub : IUnlearner
{
    private readonly ScrubOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public Scrub(ScrubOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "scrub";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Classes;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var objective = new ScrubObjective(context.Rows, forget, context.Models.Logits(context.Rows.Features, cancellationToken: cancellationToken), options);
        var plan = new PhasePlan(options.Epochs, options.ForgetEpochs, options.ForgetBatchSize, options.BatchSize, Retain: true);
        return new PhasedRun(options, plan, options.DecayEpochs).Run(request, context, forget, objective, "leaving the teacher", clock, progress, cancellationToken);
    }
}
