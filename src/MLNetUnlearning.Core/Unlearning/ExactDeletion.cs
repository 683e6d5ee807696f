using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Deletion in closed form for linear networks of values (ridge regression): the weights move by the difference between the optimum without the forget rows and the optimum with them, both of the mean
/// squared error with the training's weight decay (<see cref="LeverageExact"/>). A model that stands at its optimum so becomes the retrained one, up to the rounding of its weights to float32.
/// </summary>
/// <remarks>
/// A model whose training stopped short of its optimum keeps its distance from it, as a retrained one would have a distance of its own. Costs a pass over all rows and a solve in the number of features.
/// </remarks>
public sealed class ExactDeletion : IUnlearner
{
    private readonly ExactDeletionOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public ExactDeletion(ExactDeletionOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "exact-deletion";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Trainer;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The context lacks the trainer, the network is not linear, the labels are classes, or the training has no weight decay; thrown before any work.</exception>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        Check(context);
        request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var leverage = new LeverageExactOptions { WeightDecay = context.Trainer!.WeightDecay, BatchSize = options.BatchSize };
        using var fitted = (FittedRidgeLeverage)new LeverageExact(leverage).Fit(context.Rows, progress, cancellationToken);
        var change = fitted.WeightChange(context.Rows, request.ForgetRowIds);
        var moved = context.Models.Clone();
        int features = context.Rows.FeatureCount;
        for (int i = 0; i < moved.Tensors.Count; i++)
        {
            bool weight = moved.Graph.Parameters[i].Role == ParameterRole.Weight;
            var part = weight ? change.slice(0, 0, features, 1).t() : change[features];
            moved.Tensors[i].copy_(moved.Tensors[i].to_type(ScalarType.Float64).add(part, Held(1)));
        }

        return new UnlearningOutcome(moved, TimeSpan.Zero, clock.Elapsed);
    }

    private void Check(UnlearningContext context)
    {
        if (context.Models.Graph.Spec.Kind != NetworkKind.Linear || !context.Rows.HasValues)
        {
            throw new ArgumentException(
                $"Method '{Name}' has a closed form for linear networks of values, trained with squared error; this is {context.Models.Graph.Spec} on {context.Rows.OutputNoun}. Use {nameof(DatamodelMatching)} or {nameof(GaussNewtonStep)}.",
                nameof(context));
        }

        if (context.Trainer!.WeightDecay <= 0)
        {
            throw new ArgumentException($"Method '{Name}' needs a weight decay above 0: without one the optimum need not be a single point.", nameof(context));
        }
    }
}
