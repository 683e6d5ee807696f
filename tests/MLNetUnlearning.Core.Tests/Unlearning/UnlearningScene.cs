using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>Some digits, a few students trained on all of them and as many oracles trained without twelve similar ones.</summary>
internal sealed class UnlearningScene : IDisposable
{
    private readonly TrainedModels students;
    private readonly TrainedModels oracles;

    public UnlearningScene(int models = 6)
    {
        Rows = Digits.Train(300);
        Request = new UnlearningRequest { ForgetRowIds = ForgetSets.Clustered(Rows, label: 8, 12), Seed = 4 };
        students = Train([], 100, models);
        oracles = Train(Request.ForgetRowIds, 200, models);
    }

    public LabeledRows Rows { get; }

    public UnlearningRequest Request { get; }

    public ModelStack Students => students.Final;

    public ModelStack Oracles => oracles.Final;

    public Trainer Trainer => new(NetworkSpec.Mlp(24).CreateGraph(Rows.FeatureCount, Rows.Classes), new TrainerOptions { Epochs = 15 });

    /// <summary>The features of the forget rows.</summary>
    public Tensor ForgetFeatures => Rows.Features.index_select(0, tensor(Request.Resolve(Rows).Select(row => (long)row).ToArray()));

    /// <summary>Knows the true mean change.</summary>
    public IFittedAttributor Truth => new FakeAttributor(request => MeanOf(oracles.Final, request.Targets).sub(MeanOf(students.Final, request.Targets)));

    /// <summary>Sends all students to one common output: what must not be done.</summary>
    public IFittedAttributor CommonTarget => new FakeAttributor(request =>
    {
        using var own = request.Students!.Logits(request.Targets);
        return MeanOf(oracles.Final, request.Targets).unsqueeze(0).sub(own);
    });

    public UnlearningContext Context(IFittedAttributor? attributor) => new() { Models = Students, Rows = Rows, Attributor = attributor };

    public UnlearningOutcome Match(IFittedAttributor attributor, Action<DatamodelMatchingOptions>? change = null)
    {
        var options = new DatamodelMatchingOptions { Epochs = 8 };
        change?.Invoke(options);
        return new DatamodelMatching(options).Unlearn(Request, Context(attributor));
    }

    public void Dispose()
    {
        students.Dispose();
        oracles.Dispose();
        Rows.Dispose();
    }

    private static Tensor MeanOf(ModelStack models, Tensor features)
    {
        using var logits = models.Logits(features);
        return logits.mean([0]);
    }

    private TrainedModels Train(IReadOnlyList<long> without, ulong firstSeed, int models) =>
        Trainer.Train(Rows, [.. Enumerable.Range(0, models).Select(i => new MemberPlan(firstSeed + (ulong)i, without))]);
}
