using System.Diagnostics;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Trains anew without the forget rows: exact, and the price that every other method is measured against. With a share below 1 it shows what the same time buys without any other idea.</summary>
/// <remarks>
/// A shortened training squeezes the learning rate schedule into its epochs: breaking the whole schedule off while rates are high would make the comparison look worse than it is. Seeds are
/// drawn from the request's and the model's position, not taken from the original model. Batch normalisation learns its statistics anew.
/// </remarks>
public sealed class Retrain : IUnlearner
{
    private readonly RetrainOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public Retrain(RetrainOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => options.Share < 1 ? "partial-retraining" : "retraining";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.RetainRows | UnlearnerNeeds.Trainer;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        MemberPlan[] plans = [.. Enumerable.Range(0, context.Models.Count).Select(i => new MemberPlan(StableRandom.Mix(request.Seed, StableRandom.Retraining, (ulong)i), request.ForgetRowIds))];
        var trained = context.Trainer!.Shortened(options.Share).Train(context.Rows, plans, null, "retraining", progress, cancellationToken);
        return new UnlearningOutcome(trained.Final, TimeSpan.Zero, clock.Elapsed);
    }
}
