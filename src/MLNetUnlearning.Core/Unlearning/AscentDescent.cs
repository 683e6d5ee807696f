using System.Diagnostics;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Climbs the training loss of the forget rows at the start of early epochs, and descends that of the retain rows in every epoch.</summary>
/// <remarks>
/// The descent repairs what the ascent breaks, but gives the forget rows no goal either.
/// Batch normalisation keeps its running statistics, as in all fine-tuning here: what is deployed is what is fine-tuned. The published code lets them move.
/// </remarks>
public sealed class AscentDescent : IUnlearner
{
    private readonly AscentDescentOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public AscentDescent(AscentDescentOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "ascent-descent";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var objective = new ForgettingObjective(context.Rows, forget);
        var plan = new PhasePlan(options.Epochs, options.AscentEpochs, options.ForgetBatchSize, options.BatchSize, Retain: true);
        return new PhasedRun(options, plan, []).Run(request, context, forget, objective, "ascending and descending", clock, progress, cancellationToken);
    }
}
