using System.Diagnostics;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Climbs the training loss of the forget rows.</summary>
/// <remarks>
/// Nothing tells it where to stop: continued, it breaks the model, and the rows to forget reach their goals at different times.
/// Batch normalisation keeps its running statistics, as in all fine-tuning here: what is deployed is what is fine-tuned. The published code lets them move.
/// </remarks>
public sealed class GradientAscent : IUnlearner
{
    private readonly GradientAscentOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public GradientAscent(GradientAscentOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "gradient-ascent";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var objective = new ForgettingObjective(context.Rows, forget);
        var plan = new PhasePlan(options.Epochs, options.Epochs, options.BatchSize, options.BatchSize, Retain: false);
        return new PhasedRun(options, plan, []).Run(request, context, forget, objective, "ascending on forget rows", clock, progress, cancellationToken);
    }
}
