using System.Diagnostics;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Oracle Matching (Georgiev et al., arXiv 2410.23232): Datamodel Matching with the outputs of models that were really retrained without the forget set as targets. It shows what
/// fine-tuning can reach with perfect predictions, and is no method for production: who has an oracle can deploy it.
/// </summary>
/// <remarks>
/// Each model has oracles of its own. The published code lets all models match the same one, or the mean of several, which takes away the spread over models that a test
/// by distributions looks for. Batch normalisation keeps its running statistics, as in <see cref="DatamodelMatching"/>.
/// </remarks>
public sealed class OracleMatching : IUnlearner
{
    private readonly OracleMatchingOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public OracleMatching(OracleMatchingOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "oracle-matching";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Oracles;

    /// <inheritdoc/>
    /// <remarks>Without oracles in the context it trains them, with seeds drawn from the request's; that time counts as attribution.</remarks>
    /// <exception cref="ArgumentException">There are too few oracles, or of another network, or there is no trainer either.</exception>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        Check(context);
        int[] forget = request.Resolve(context.Rows);
        var set = FineTuningSet.Create(context.Rows, forget, options.ForgetMultiplier, options.RetainMultiplier, request.Seed);
        using var scope = NewDisposeScope();
        var features = context.Rows.Features.index_select(0, tensor(set.Rows));

        var clock = Stopwatch.StartNew();
        var targets = Targets(request, context, features, progress, cancellationToken);
        var attributionTime = clock.Elapsed;

        clock.Restart();
        using var own = context.Models.Logits(features, cancellationToken: cancellationToken);
        return new Matching(options, set, features, targets, request.Seed, progress, cancellationToken).Run(context.Models.Clone(), own, attributionTime, clock);
    }

    private void Check(UnlearningContext context)
    {
        int needed = context.Models.Count * options.OraclesPerModel;
        if (context.Oracles is { } oracles && (oracles.Count < needed || oracles.Graph.InputSize != context.Models.Graph.InputSize || oracles.Graph.OutputSize != context.Models.Graph.OutputSize))
        {
            throw new ArgumentException(
                $"Oracle Matching of {context.Models.Count} models with {context.Models.Graph.InputSize} features and {context.Models.Graph.OutputSize} classes needs {needed} oracles of the same kind, {options.OraclesPerModel} for each; there are {oracles.Count} with {oracles.Graph.InputSize} features and {oracles.Graph.OutputSize} classes.",
                nameof(context));
        }
    }

    /// <summary>Mean logits of each model's own oracles, [models, rows, classes].</summary>
    private Tensor Targets(UnlearningRequest request, UnlearningContext context, Tensor features, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        int models = context.Models.Count, each = options.OraclesPerModel;
        using var trained = context.Oracles is null ? Train(request, context, models * each, progress, cancellationToken) : null;
        using var logits = (context.Oracles ?? trained!.Final).Logits(features, cancellationToken: cancellationToken);
        return logits.slice(0, 0, (long)models * each, 1).view(models, each, features.shape[0], -1).mean([1]).MoveToOuterDisposeScope();
    }

    private static TrainedModels Train(UnlearningRequest request, UnlearningContext context, int count, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        MemberPlan[] plans = [.. Enumerable.Range(0, count).Select(i => new MemberPlan(StableRandom.Mix(request.Seed, StableRandom.TeachingOracles, (ulong)i), request.ForgetRowIds))];
        return context.Trainer!.Train(context.Rows, plans, null, "training oracles to match", progress, cancellationToken);
    }
}
