using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>How often a request is solved for.</summary>
[TestClass]
public sealed class PredictedOutputsTests
{
    [TestMethod]
    public void Logits_ManyQuestionsAtOnce_SolveOnce()
    {
        using var scene = new Scene();
        using var outcome = scene.Unlearn();

        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i => outcome.Logits(scene.Rows.Features.slice(0, i, i + 1, 1)).Dispose());

        Assert.AreEqual(1, scene.Attributor.Solves);
        Assert.AreEqual(60, scene.Attributor.Questions);
    }

    [TestMethod]
    public void Logits_FirstSolveFails_TheNextQuestionSolvesAgain()
    {
        using var scene = new Scene();
        using var outcome = scene.Unlearn();
        scene.Attributor.Fails = true;
        Assert.ThrowsExactly<InvalidOperationException>(() => outcome.Logits(scene.Rows.Features));
        scene.Attributor.Fails = false;

        outcome.Logits(scene.Rows.Features).Dispose();

        Assert.AreEqual(2, scene.Attributor.Solves);
    }

    [TestMethod]
    public void Dispose_Outcome_FreesWhatWasSolved()
    {
        using var scene = new Scene();
        var outcome = scene.Unlearn();
        outcome.Logits(scene.Rows.Features).Dispose();
        Assert.AreEqual(0, scene.Attributor.Freed);

        outcome.Dispose();

        Assert.AreEqual(1, scene.Attributor.Freed);
        Assert.ThrowsExactly<ObjectDisposedException>(() => outcome.Predicted!.Logits(scene.Rows.Features));
    }

    private sealed class Scene : IDisposable
    {
        private readonly ModelStack models;

        public Scene()
        {
            Rows = Digits.Train(60);
            models = ModelStack.Initialize(NetworkSpec.Mlp(4).CreateGraph(Rows.FeatureCount, Rows.Classes), [1]);
        }

        public LabeledRows Rows { get; }

        public CountingAttributor Attributor { get; } = new();

        public UnlearningOutcome Unlearn() =>
            new DatamodelDirect(new()).Unlearn(new UnlearningRequest { ForgetRowIds = [Rows.RowIds[0]] }, new UnlearningContext { Models = models, Rows = Rows, Attributor = Attributor });

        public void Dispose()
        {
            models.Dispose();
            Rows.Dispose();
        }
    }

    private sealed class CountingAttributor : IFittedAttributor, ISolvedDeletion
    {
        private int solves, questions, freed;

        public int Solves => solves;

        public int Questions => questions;

        public int Freed => freed;

        public bool Fails { get; set; }

        public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref solves);
            Thread.Sleep(20);
            return Fails ? throw new InvalidOperationException("as asked") : this;
        }

        public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref questions);
            return new LogitChange(zeros(targets.shape[0], 10));
        }

        public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds) => this;

        public void Dispose() => Interlocked.Increment(ref freed);
    }
}
