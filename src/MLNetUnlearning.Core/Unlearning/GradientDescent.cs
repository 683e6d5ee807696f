using System.Diagnostics;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Goes on training on the retain rows alone and trusts that the forget rows fade.</summary>
/// <remarks>
/// A model that fits its training rows has small gradients there: nothing pushes the forget rows away, and little happens.
/// Batch normalisation keeps its running statistics, as in all fine-tuning here: what is deployed is what is fine-tuned. The published code lets them move.
/// </remarks>
public sealed class GradientDescent : IUnlearner
{
    private readonly GradientDescentOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public GradientDescent(GradientDescentOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "gradient-descent";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.RetainRows | UnlearnerNeeds.ForgetRows;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var objective = new ForgettingObjective(context.Rows, forget);
        var plan = new PhasePlan(options.Epochs, ForgetEpochs: 0, ForgetBatchSize: 1, options.BatchSize, Retain: true);
        return new PhasedRun(options, plan, []).Run(request, context, forget, objective, "descending on retain rows", clock, progress, cancellationToken);
    }
}
