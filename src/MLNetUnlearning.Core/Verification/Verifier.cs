using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>
/// Tests an unlearning method the direct way: trains N students on all rows and unlearns them, trains 2N oracles without the forget set, and compares the
/// distributions of margins. Students and oracles never share a seed.
/// </summary>
public sealed class Verifier
{
    private readonly Trainer trainer;
    private readonly VerificationOptions options;

    /// <summary>Creates a verifier.</summary>
    /// <param name="trainer">Trains every model as the deployed one was trained.</param>
    /// <param name="options">Settings; checked here.</param>
    public Verifier(Trainer trainer, VerificationOptions options)
    {
        options.Validate();
        this.trainer = trainer;
        this.options = options;
    }

    /// <summary>Trains, unlearns and compares.</summary>
    /// <param name="unlearner">The method under test.</param>
    /// <param name="request">The request to serve.</param>
    /// <param name="rows">All training rows.</param>
    /// <param name="validation">Rows that no model is trained on.</param>
    /// <param name="attributor">Attribution for methods that need it.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="ArgumentException">The method needs attribution and there is none; thrown before any work.</exception>
    /// <exception cref="RowDataException">The request does not fit the rows, or the validation rows do not fit the training rows; thrown before any work.</exception>
    public VerificationReport Verify(
        IUnlearner unlearner,
        UnlearningRequest request,
        LabeledRows rows,
        LabeledRows validation,
        IFittedAttributor? attributor = null,
        CancellationToken cancellationToken = default)
    {
        int[] forget = Check(unlearner, request, rows, validation, attributor);
        using var students = Train(rows, [], StableRandom.Students, "training students", cancellationToken);
        var clock = Stopwatch.StartNew();
        using var oracles = Train(rows, request.ForgetRowIds, StableRandom.Oracles, "training oracles", cancellationToken);
        var oraclesTime = clock.Elapsed;
        using var heldOut = Train(rows, request.ForgetRowIds, StableRandom.HeldOutOracles, "training held-out oracles", cancellationToken);
        var context = new UnlearningContext { Models = students.Final, Rows = rows, Attributor = attributor, Trainer = trainer };
        using var outcome = unlearner.Unlearn(request, context, options.Progress, cancellationToken);

        using var sets = new RowSets(rows, forget, validation);
        var oracleMargins = sets.Margins(oracles.Final);
        KlomBySet Compare(ModelStack models) => RowSets.Compare(sets.Margins(models), oracleMargins);
        return new VerificationReport
        {
            Method = unlearner.Name,
            Models = options.Oracles,
            ForgetRows = forget.Length,
            Unlearned = Compare(outcome.Models),
            DoNothing = Compare(students.Final),
            Floor = Compare(heldOut.Final),
            OriginalAccuracy = Accuracy(students.Final, validation),
            UnlearnedAccuracy = Accuracy(outcome.Models, validation),
            OracleAccuracy = Accuracy(oracles.Final, validation),
            RetrainOne = TimeRetraining(rows, request, cancellationToken),
            TrainOracles = oraclesTime,
            Attribution = outcome.AttributionTime,
            FineTuneOne = TimeFineTuning(unlearner, request, context, cancellationToken),
        };
    }

    /// <summary>Mean share of rows classified correctly, over models.</summary>
    internal static double Accuracy(ModelStack models, LabeledRows rows)
    {
        using var scope = NewDisposeScope();
        using var logits = models.Logits(rows.Features);
        return logits.argmax(-1).eq(rows.Labels).to_type(ScalarType.Float64).mean().item<double>();
    }

    private static int[] Check(IUnlearner unlearner, UnlearningRequest request, LabeledRows rows, LabeledRows validation, IFittedAttributor? attributor)
    {
        if (unlearner.PredictsOnly)
        {
            throw new ArgumentException($"Method '{unlearner.Name}' predicts outputs and changes no weight, so there are no models to verify.", nameof(unlearner));
        }

        if (unlearner.Needs.HasFlag(UnlearnerNeeds.Attribution) && attributor is null)
        {
            throw new ArgumentException($"Method '{unlearner.Name}' needs a fitted attributor. Fit one on the training rows, for example a GaussNewtonInfluence.", nameof(attributor));
        }

        if (validation.FeatureCount != rows.FeatureCount || validation.Classes != rows.Classes)
        {
            throw new RowDataException(
                $"The validation rows have {validation.FeatureCount} features and {validation.Classes} classes, the training rows {rows.FeatureCount} and {rows.Classes}. Read both through the same pipeline.");
        }

        return request.Resolve(rows);
    }

    private TrainedModels Train(LabeledRows rows, IReadOnlyList<long> without, ulong kind, string stage, CancellationToken cancellationToken)
    {
        MemberPlan[] members = [.. Enumerable.Range(0, options.Oracles).Select(i => new MemberPlan(StableRandom.Mix(options.Seed, kind, (ulong)i), without))];
        return trainer.Train(rows, members, null, stage, options.Progress, cancellationToken);
    }

    private TimeSpan TimeRetraining(LabeledRows rows, UnlearningRequest request, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var models = trainer.Train(rows, [new MemberPlan(StableRandom.Mix(options.Seed, StableRandom.Member), request.ForgetRowIds)], cancellationToken: cancellationToken);
        return clock.Elapsed;
    }

    private TimeSpan TimeFineTuning(IUnlearner unlearner, UnlearningRequest request, UnlearningContext context, CancellationToken cancellationToken)
    {
        using var one = context.Models.Slice(0, 1);
        using var outcome = unlearner.Unlearn(request, new UnlearningContext { Models = one, Rows = context.Rows, Attributor = context.Attributor, Trainer = trainer }, null, cancellationToken);
        return outcome.FineTuningTime;
    }
}
