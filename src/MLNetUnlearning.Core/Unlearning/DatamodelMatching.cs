using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Datamodel Matching (Georgiev et al., arXiv 2410.23232): fine-tunes each model towards its own logits plus the change that attribution predicts for
/// retraining without the forget set, on the forget rows and a random sample of the others.
/// </summary>
/// <remarks>
/// Each model keeps its own logits as the starting point of its targets; matching all models to one common target would destroy their spread. Batch
/// normalisation keeps its running statistics: the function that is matched is the one that is deployed, and a fine-tuning set rich in forget rows
/// would shift them.
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
    public string Name => "datamodel-matching";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Attribution;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var attributor = context.Attributor ?? throw new ArgumentException(
            "Datamodel Matching needs a fitted attributor. Train the model with a model bank (a row id column), or fit a GaussNewtonInfluence.", nameof(context));
        int[] forget = request.Resolve(context.Rows);
        var set = FineTuningSet.Create(context.Rows, forget, options.ForgetMultiplier, options.RetainMultiplier, request.Seed);
        using var scope = NewDisposeScope();
        var features = context.Rows.Features.index_select(0, tensor(set.Rows));

        var clock = Stopwatch.StartNew();
        using var change = attributor.Predict(new AttributionRequest { Rows = context.Rows, ForgetRowIds = request.ForgetRowIds, Targets = features, TargetRowIds = [.. set.Rows.Select(row => (long?)context.Rows.RowIds[(int)row])], Students = context.Models }, progress, cancellationToken);
        var attributionTime = clock.Elapsed;

        clock.Restart();
        var students = context.Models.Clone();
        try
        {
            using var own = students.Logits(features, cancellationToken: cancellationToken);
            var targets = own.add(change.Values);
            // Before fine-tuning, the difference to the targets is the predicted change itself.
            double before = change.Values.square().mean([-2, -1]).sqrt().mean().item<float>();
            var loop = new GradientLoop(options.For(set.Entries.Length), features, new FineTuningBatches(set, request.Seed), new MatchObjective(targets)) { Stage = "matching predicted outputs" };
            loop.Run(students, [], progress, cancellationToken);
            var fineTuningTime = clock.Elapsed;
            return new UnlearningOutcome(students, attributionTime, fineTuningTime) { MatchResidualBefore = before, MatchResidualAfter = Residual(students, features, targets) };
        }
        catch
        {
            students.Dispose();
            throw;
        }
    }

    private static double Residual(ModelStack models, Tensor features, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var logits = models.Logits(features);
        return logits.sub(targets).square().mean([1, 2]).sqrt().mean().item<float>();
    }
}
