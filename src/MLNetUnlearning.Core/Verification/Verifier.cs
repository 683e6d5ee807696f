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
    /// <param name="deployed">The deployed model after it unlearned the request, a stack of one, for the membership test on it; null for none. The students test the method, this tests what it made.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="ArgumentException">
    /// The method needs attribution and there is none, or the deployed model is not one model of the same shape; thrown before any work. Or the method returns another
    /// number of models than it got.
    /// </exception>
    /// <exception cref="RowDataException">The request does not fit the rows, or the validation rows do not fit the training rows; thrown before any work.</exception>
    public VerificationReport Verify(
        IUnlearner unlearner,
        UnlearningRequest request,
        LabeledRows rows,
        LabeledRows validation,
        IFittedAttributor? attributor = null,
        ModelStack? deployed = null,
        CancellationToken cancellationToken = default)
    {
        int[] forget = Check(unlearner, request, rows, validation, attributor);
        if (deployed is not null && (deployed.Count != 1 || deployed.Graph.InputSize != rows.FeatureCount || deployed.Graph.OutputSize != rows.OutputCount))
        {
            throw new ArgumentException($"The deployed model must be one model of {rows.FeatureCount} features and {rows.OutputCount} {rows.OutputNoun}; got {deployed.Count} of {deployed.Graph.InputSize} and {deployed.Graph.OutputSize}.", nameof(deployed));
        }

        using var students = Train(rows, [], StableRandom.Students, "training students", cancellationToken);
        var clock = Stopwatch.StartNew();
        using var oracles = Train(rows, request.ForgetRowIds, StableRandom.Oracles, "training oracles", cancellationToken);
        var oraclesTime = clock.Elapsed;
        using var heldOut = Train(rows, request.ForgetRowIds, StableRandom.HeldOutOracles, "training held-out oracles", cancellationToken);
        var context = new UnlearningContext { Models = students.Final, Rows = rows, Attributor = attributor, Trainer = trainer };
        using var outcome = unlearner.Unlearn(request, context, options.Progress, cancellationToken);
        if (outcome.Models.Count != options.Oracles)
        {
            throw new ArgumentException($"Method '{unlearner.Name}' returned {outcome.Models.Count} models for {options.Oracles}. A method returns each model it was handed, unlearned, in the same order.", nameof(unlearner));
        }

        using var sets = new RowSets(rows, forget, validation);
        OutputSample[] OutputsOf(ModelStack models) => sets.Outputs(models, cancellationToken);
        OutputSample[] oracle = OutputsOf(oracles.Final), unlearned = OutputsOf(outcome.Models), student = OutputsOf(students.Final), control = OutputsOf(heldOut.Final);
        KlomBySet Klom(OutputSample[] models) => RowSets.Klom(models, oracle, options, cancellationToken);
        OutputGapsBySet Gaps(OutputSample[] models) => RowSets.Gaps(models, oracle);
        var attack = new ULiraOptions { Seed = options.Seed, Confidence = options.Confidence };
        ULiraResult Attack(OutputSample[] models) => ULira.ForRequest(models[0].Margins, oracle[0].Margins, attack);
        bool convex = ParameterDistance.AppliesTo(trainer.Graph);
        return new VerificationReport
        {
            Method = unlearner.Name,
            Models = options.Oracles,
            ForgetRows = forget.Length,
            Unlearned = Klom(unlearned),
            DoNothing = Klom(student),
            Floor = Klom(control),
            ULira = new ULiraComparison(Attack(unlearned), Attack(student), Attack(control)),
            Outputs = new OutputComparison(Gaps(unlearned), Gaps(student), Gaps(control)),
            Membership = deployed is null ? null : MembershipTest.Run(FirstOf(OutputSample.Of(deployed, sets.Forget, cancellationToken)), null, student[0].Margins, oracle[0].Margins, control[0].Margins),
            Parameters = convex ? ParameterDistance.Of(outcome.Models, students.Final, heldOut.Final, oracles.Final, !rows.HasValues) : null,
            NotTested = NotTested(deployed is not null, convex),
            OriginalAccuracy = student[2].Accuracy,
            UnlearnedAccuracy = unlearned[2].Accuracy,
            OracleAccuracy = oracle[2].Accuracy,
            RetrainOne = TimeRetraining(rows, request, cancellationToken),
            TrainOracles = oraclesTime,
            Attribution = outcome.AttributionTime,
            FineTuneOne = TimeFineTuning(unlearner, request, context, cancellationToken),
        };
    }

    /// <summary>Margins of the only model.</summary>
    internal static float[] FirstOf(OutputSample sample) => [.. Enumerable.Range(0, sample.Margins.GetLength(1)).Select(row => sample.Margins[0, row])];

    private static string[] NotTested(bool deployed, bool convex) =>
    [
        "Other requests: every request leaves other rows to be forgotten.",
        "Inputs other than the forgotten, retained and validation rows.",
        .. deployed
            ? (string[])["The deployed model beyond its outputs on the forgotten rows; the other tests are of the method, on students trained for them."]
            : ["The deployed model itself: the tests are of the method, on students trained for them."],
        .. convex ? (string[])[] : ["The weights: outputs were compared, and weights may hold what outputs do not show."],
        "Preprocessing fitted on the forgotten rows, copies and backups of rows or models, and requests served before.",
    ];

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

        if (validation.FeatureCount != rows.FeatureCount || validation.HasValues != rows.HasValues || validation.OutputCount != rows.OutputCount)
        {
            throw new RowDataException(
                $"The validation rows have {validation.FeatureCount} features and {validation.OutputCount} {validation.OutputNoun}, the training rows {rows.FeatureCount} and {rows.OutputCount} {rows.OutputNoun}. Read both through the same pipeline.");
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
