using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Datamodel Matching (Georgiev et al., arXiv 2410.23232): fine-tunes each model towards its own logits plus the change that attribution predicts for
/// retraining without the forget set, on the forget rows and a random sample of the others.
/// </summary>
/// <remarks>
/// Each model keeps its own logits as the starting point of its targets; matching all models to one common target would destroy their spread. The published form adds one
/// change to the logits of all models. Beyond it, the change can be each model's own (<see cref="MatchTargets"/>), and fine-tuning can start from the end of a
/// <see cref="GaussNewtonStep"/>. Batch normalisation keeps its running statistics: the function that is matched is the one that is deployed, and a fine-tuning set rich in
/// forget rows would shift them. The published code lets them move.
/// </remarks>
public sealed class DatamodelMatching : IUnlearner
{
    private readonly DatamodelMatchingOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public DatamodelMatching(DatamodelMatchingOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => options.OwnStep is not null && options.WarmStart ? "step-and-datamodel-matching" : "datamodel-matching";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | (options.Targets == MatchTargets.Attribution ? UnlearnerNeeds.Attribution : UnlearnerNeeds.None);

    private GaussNewtonStepOptions? Step => options.OwnStep ?? (options.Targets == MatchTargets.Attribution ? null : new GaussNewtonStepOptions());

    /// <inheritdoc/>
    /// <exception cref="UnsupportedLayerException">A Gauss-Newton step is asked for, and the network has a layer without a known derivative; thrown before any work.</exception>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        if (Step is not null)
        {
            SupportedLayers.Require(context.Models.Graph);
        }

        int[] forget = request.Resolve(context.Rows);
        var set = FineTuningSet.Create(context.Rows, forget, options.ForgetMultiplier, options.RetainMultiplier, request.Seed);
        using var scope = NewDisposeScope();
        var features = context.Rows.Features.index_select(0, tensor(set.Rows));

        var clock = Stopwatch.StartNew();
        var steps = Step is { } step ? OwnSteps.Solve(context.Models, context.Rows, forget, step, request.Seed, progress, cancellationToken) : null;
        using var own = context.Models.Logits(features, cancellationToken: cancellationToken);
        var targets = Targets(request, context, set, features, own, steps, progress, cancellationToken);
        var attributionTime = clock.Elapsed;

        clock.Restart();
        double share = forget.Length / (double)context.Rows.Count;
        var students = options.OwnStep is not null && options.WarmStart ? OwnSteps.Apply(context.Models, steps!, options.OwnStep, share) : context.Models.Clone();
        return new Matching(options, set, features, targets, request.Seed, progress, cancellationToken).Run(students, own, attributionTime, clock);
    }

    private Tensor Targets(
        UnlearningRequest request,
        UnlearningContext context,
        FineTuningSet set,
        Tensor features,
        Tensor own,
        Tensor? steps,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double share = request.ForgetRowIds.Count / (double)context.Rows.Count;
        switch (options.Targets)
        {
            case MatchTargets.OwnLinearized:
                return own.add(OwnSteps.Linearized(context.Models, steps!, features, Step!, cancellationToken).mul(Held(Step!.Multiplier)), Held(1)).mul(Held(OwnSteps.Scale(Step.Shrinkage, share))).MoveToOuterDisposeScope();
            case MatchTargets.OwnEvaluated:
                using (var moved = OwnSteps.Apply(context.Models, steps!, Step!, share))
                using (var logits = moved.Logits(features, cancellationToken: cancellationToken))
                {
                    return logits.clone().MoveToOuterDisposeScope();
                }

            default:
                var question = new AttributionRequest
                {
                    Rows = context.Rows,
                    ForgetRowIds = request.ForgetRowIds,
                    Targets = features,
                    TargetRowIds = [.. set.Rows.Select(row => (long?)context.Rows.RowIds[(int)row])],
                    Students = context.Models,
                };
                using (var change = context.Attributor!.Predict(question, progress, cancellationToken))
                {
                    return own.add(change.Values.mul(Held(options.Multiplier)), Held(1)).MoveToOuterDisposeScope();
                }
        }
    }
}
