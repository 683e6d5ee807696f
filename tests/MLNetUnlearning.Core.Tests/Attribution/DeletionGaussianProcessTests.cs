using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Calibration and the Gaussian process on digits, against models really retrained.</summary>
[TestClass]
public sealed class DeletionGaussianProcessTests
{
    private static readonly Lazy<Scene> Shared = new(() => new Scene());

    [ClassCleanup]
    public static void Cleanup()
    {
        if (Shared.IsValueCreated)
        {
            Shared.Value.Dispose();
        }
    }

    /// <summary>
    /// The rows to forget are chosen by a rule that the bank's plan does not use, and no member lacks them all. Controls: the prediction for other rows, and the wrong sign.
    /// </summary>
    [TestMethod]
    public void Predict_RowsAlongAPrincipalDirection_ComesCloseToRetraining()
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;
        var forget = ForgetSets.Clustered(scene.Rows, label: 8, 30);
        var other = ForgetSets.Clustered(scene.Rows, label: 3, 30);
        using var truth = scene.Truth(forget);

        using var change = scene.Predict(scene.Process, forget);
        using var wrong = scene.Predict(scene.Process, other);
        using var mean = scene.Predict(scene.Calibrated, forget);

        var leaving = scene.Rows.IndexesOf(forget);
        using var left = truth.Select(leaving);
        Tensor Of(LogitChange prediction) => prediction.Values.index_select(0, tensor(leaving.Select(row => (long)row).ToArray()));
        Assert.IsGreaterThan(0.6, TargetError.Of(Of(change), left).R2, "process");
        Assert.IsGreaterThan(TargetError.Of(Of(mean), left).R2, TargetError.Of(Of(change), left).R2, "The process should add to its mean.");
        Assert.IsLessThan(0.2, TargetError.Of(Of(wrong), left).R2, "prediction for other rows");
        Assert.IsLessThan(0, TargetError.Of(Of(change).neg(), left).R2, "the wrong sign");
        Assert.IsGreaterThan(0, change.Variance!.min().item<float>());
        Assert.IsTrue(change.Coverage is > 0 and < 1);
    }

    [TestMethod]
    public void Report_HeldOutDeletions_AreExplained()
    {
        var report = Shared.Value.Calibrated.Report;

        Assert.AreEqual(Scene.Deletions, report.Deletions);
        Assert.IsInRange(10, 12, report.SmallestDeletion);
        Assert.IsInRange(50, 60, report.LargestDeletion);
        Assert.IsGreaterThan(0.3, report.HeldOutR2Leaving);
        Assert.IsLessThanOrEqualTo(1, report.HeldOutR2Leaving);
    }

    [TestMethod]
    public void Predict_MoreRowsThanAnyDeletionTook_Warns()
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;

        using var within = scene.Predict(scene.Calibrated, ForgetSets.Random(scene.Rows, 40, 3));
        using var beyond = scene.Predict(scene.Calibrated, ForgetSets.Random(scene.Rows, 200, 3));

        Assert.IsEmpty(within.Warnings, string.Join(" | ", within.Warnings));
        Assert.IsTrue(beyond.Warnings.Any(warning => warning.Contains("200 rows", StringComparison.Ordinal) && warning.Contains(FormattableString.Invariant($"{scene.Calibrated.Report.SmallestDeletion} to {scene.Calibrated.Report.LargestDeletion}"), StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;
        var forget = ForgetSets.Random(scene.Rows, 30, 3);

        using var one = Scene.Fit(scene.Bank, scene.Rows, workers: 1);
        using var many = Scene.Fit(scene.Bank, scene.Rows, workers: 3);
        using LogitChange first = scene.Predict(one, forget), second = scene.Predict(many, forget);

        Assert.AreEqual(Bits.Of([first.Values, first.Variance!]), Bits.Of([second.Values, second.Variance!]));
    }

    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;
        var gone = ForgetSets.Random(scene.Rows, 20, 4);
        using var left = scene.Rows.Without(scene.Rows.IndexesOf(gone));
        var forget = ForgetSets.Random(left, 30, 3);

        using var without = scene.Process.Without(scene.Rows, gone);
        using var fresh = Scene.Fit(scene.Bank, left, workers: 2);
        LogitChange Predict(IFittedAttributor fitted) => fitted.Predict(new AttributionRequest { Rows = left, ForgetRowIds = forget, Targets = left.Features });
        using LogitChange first = Predict(without), second = Predict(fresh);

        Assert.AreEqual(Bits.Of([second.Values]), Bits.Of([first.Values]));
        Assert.ThrowsExactly<ArgumentException>(() => without.Predict(new AttributionRequest { Rows = scene.Rows, ForgetRowIds = forget, Targets = scene.Rows.Features }));
    }

    /// <summary>
    /// The steps of the bank's deletions stay and everything else is made anew; a fit on the rows that are left takes the steps again, from slightly other curvature, and must say nearly the same. The old process is gone by then, and owns nothing of the new one.
    /// </summary>
    [TestMethod]
    public void Without_UnrolledMean_IsCloseToAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;
        var options = new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 8 }, MaxRows = 300, Unrolled = new() { MaxMembers = 2, Training = Scene.Training, CurvatureRows = 200 } } };
        var gone = ForgetSets.Random(scene.Rows, 20, 4);
        using var left = scene.Rows.Without(scene.Rows.IndexesOf(gone));
        var forget = ForgetSets.Clustered(left, label: 8, 30);
        IFittedAttributor without;
        using (var before = new DeletionGaussianProcess(options).Fit(scene.Bank, scene.Rows))
        {
            without = before.Without(scene.Rows, gone);
        }

        using var fresh = new DeletionGaussianProcess(options).Fit(scene.Bank, left);
        Tensor Predict(IFittedAttributor fitted, IReadOnlyList<long> ids) => fitted.Predict(new AttributionRequest { Rows = left, ForgetRowIds = ids, Targets = left.Features }).Values;
        Tensor a = Predict(without, forget), b = Predict(fresh, forget), other = Predict(fresh, ForgetSets.Clustered(left, label: 3, 30));
        double Distance(Tensor x, Tensor y) => x.sub(y).norm().div(y.norm()).item<float>();

        Assert.IsLessThan(0.1, Distance(a, b));
        Assert.IsGreaterThan(0.5, Distance(other, b), "Negative control: another request.");
        without.Dispose();
    }

    [TestMethod]
    public void Predict_Requests_LeaveNoTensors()
    {
        var scene = Shared.Value;
        var forget = ForgetSets.Random(scene.Rows, 30, 3);

        long left = LiveTensors.LeftBy(() => scene.Predict(scene.Process, forget).Dispose(), 2);

        Assert.AreEqual(0, left);
    }

    [TestMethod]
    public void Fit_BankWithoutDeletions_SaysWhatIsMissing()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 3, epochs: 1, 8);

        var error = Assert.ThrowsExactly<ArgumentException>(() => new DeletionGaussianProcess(new()).Fit(bank, rows));

        StringAssert.Contains(error.Message, "ModelBankOptions.FullMembers or Members");
    }

    [TestMethod]
    public void Predict_WrongNumberOfTargetIds_Throws()
    {
        var scene = Shared.Value;

        Assert.ThrowsExactly<ArgumentException>(() => scene.Calibrated.Predict(new AttributionRequest
        {
            Rows = scene.Rows,
            ForgetRowIds = [scene.Rows.RowIds[0]],
            Targets = scene.Rows.Features,
            TargetRowIds = [1],
        }));
    }

    [TestMethod]
    public void Predict_Cancelled_Stops()
    {
        var scene = Shared.Value;
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.ThrowsExactly<OperationCanceledException>(() => scene.Process.Predict(
            new AttributionRequest { Rows = scene.Rows, ForgetRowIds = [scene.Rows.RowIds[0]], Targets = scene.Rows.Features }, cancellationToken: stop.Token));
        Assert.ThrowsExactly<OperationCanceledException>(() => new Calibration(new()).Fit(scene.Bank, scene.Rows, cancellationToken: stop.Token));
    }

    /// <summary>Cancelled after the first of several models: what was made for it must not stay.</summary>
    [TestMethod]
    public void FitAndPredict_CancelledHalfway_LeaveNoTensors()
    {
        var scene = Shared.Value;
        void Cancel(Action<IProgress<WorkProgress>, CancellationToken> work)
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsExactly<OperationCanceledException>(() => work(new StopAtFirstReport(stop), stop.Token));
        }

        var request = new AttributionRequest { Rows = scene.Rows, ForgetRowIds = [scene.Rows.RowIds[0], scene.Rows.RowIds[1]], Targets = scene.Rows.Features };
        using var projected = new GaussNewtonInfluence(new() { MaxWorkers = 1, ProjectionSize = 8 }).Fit(scene.Bank, scene.Rows);
        using var calibrated = new Calibration(new() { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 8, MaxWorkers = 1 }, MaxRows = 300 }).Fit(scene.Bank, scene.Rows);

        long left = LiveTensors.LeftBy(
            () =>
            {
                Cancel((progress, token) => new GaussNewtonInfluence(new() { MaxWorkers = 1, ProjectionSize = 8 }).Fit(scene.Bank, scene.Rows, progress, token));
                Cancel((progress, token) => projected.Predict(request, progress, token));
                Cancel((progress, token) => calibrated.Predict(request, progress, token));
            },
            2);

        Assert.AreEqual(0, left);
    }

    [TestMethod]
    public void Validate_SettingsOutOfRange_NameTheSetting()
    {
        Assert.AreEqual("Dampings", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Calibration(new() { Dampings = [] })).ParamName);
        Assert.AreEqual("Dampings", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Calibration(new() { Dampings = [0] })).ParamName);
        Assert.AreEqual("MaxRows", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Calibration(new() { MaxRows = 1 })).ParamName);
        Assert.AreEqual("NoiseLevels", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DeletionGaussianProcess(new() { NoiseLevels = [0] })).ParamName);
        Assert.AreEqual("LengthScales", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DeletionGaussianProcess(new() { LengthScales = [double.NaN] })).ParamName);
    }

    /// <summary>Deletions that the weights were not fitted on, predicted with and without the unrolled candidate; and the bank that it needs.</summary>
    [TestMethod]
    public void Fit_UnrolledCandidate_ExplainsMoreThanProjectedOnes()
    {
        var scene = Shared.Value;
        CalibrationOptions Options(bool unrolled) => new() { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 8 }, MaxRows = 300, Unrolled = unrolled ? new() { MaxMembers = 3, Training = Scene.Training, CurvatureRows = 200 } : null };
        using var projected = new Calibration(Options(false)).Fit(scene.Bank, scene.Rows);
        using var unrolled = new Calibration(Options(true)).Fit(scene.Bank, scene.Rows);

        Assert.IsGreaterThan(projected.Report.HeldOutR2Leaving, unrolled.Report.HeldOutR2Leaving);
        Assert.IsGreaterThan(projected.Report.HeldOutR2Staying, unrolled.Report.HeldOutR2Staying);
        CollectionAssert.AreEqual(new UnrolledInfluenceOptions().Checkpoints.ToArray(), new DeletionGaussianProcessOptions { Mean = Options(true) }.Checkpoints.ToArray());
        var late = BankOutline.Of(scene.Bank, scene.Rows) with { CheckpointEpochs = [8, 10] };
        foreach (IAttributor method in new IAttributor[] { new Calibration(Options(true)), new DeletionGaussianProcess(new() { Mean = Options(true) }) })
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => method.Require(late)).Message, "first checkpoint is after epoch 8 of 10");
        }

        new Calibration(Options(false)).Require(late);
    }

    private sealed class StopAtFirstReport(CancellationTokenSource stop) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => stop.Cancel();
    }

    /// <summary>A member that lacks only rows which have left since has nothing left to say; it must not spoil what the others say.</summary>
    [TestMethod]
    [DataRow(0, 0)]
    [DataRow(1, 0)]
    [DataRow(0, 1)]
    public void Without_AllRowsThatAMemberLacks_StillPredicts(int fullDimensionDampings, int unrolledMembers)
    {
        using var scope = NewDisposeScope();
        var scene = Shared.Value;
        var gone = scene.Bank.Members[scene.Bank.FullMembers].ExcludedRowIds;
        var options = new DeletionGaussianProcessOptions
        {
            Mean = new()
            {
                GaussNewton = new() { MaxMembers = 2 },
                FullDimensionMembers = 1,
                FullDimensionDampings = [.. Enumerable.Repeat(10.0, fullDimensionDampings)],
                Unrolled = unrolledMembers == 0 ? null : new() { MaxMembers = unrolledMembers, Training = Scene.Training, CurvatureRows = 100 },
            },
        };
        using var before = new DeletionGaussianProcess(options).Fit(scene.Bank, scene.Rows);
        long[] forget = [.. ForgetSets.Clustered(scene.Rows, label: 8, 30).Except(gone)];
        using var rest = scene.Rows.Without(scene.Rows.IndexesOf(gone));

        using var after = before.Without(scene.Rows, gone);

        LogitChange Predict(IFittedAttributor fitted, LabeledRows rows) =>
            fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forget, Targets = rest.Features, TargetRowIds = [.. rest.RowIds.Select(id => (long?)id)] });
        using var old = Predict(before, scene.Rows);
        using var now = Predict(after, rest);
        Assert.IsTrue(now.Values.isfinite().all().item<bool>() && now.Variance!.isfinite().all().item<bool>(), "finite");
        Assert.IsGreaterThan(0, now.Variance!.min().item<float>());
        Tensor a = old.Values.flatten(), b = now.Values.flatten();
        Assert.IsGreaterThan(0.9, a.dot(b).div(a.norm().mul(b.norm())).item<float>(), "the other members say what they said");
    }

    private sealed class Scene : IDisposable
    {
        public const int Deletions = 30;
        private const int Epochs = 10;
        private readonly Trainer trainer;

        public static TrainerOptions Training { get; } = new() { Epochs = Epochs, LearningRate = 0.05 };

        public Scene()
        {
            Rows = Digits.Train(600);
            trainer = new Trainer(NetworkSpec.Mlp(32).CreateGraph(Rows.FeatureCount, Rows.Classes), Training);
            Bank = ModelBank.Train(trainer, Rows, new ModelBankOptions { FullMembers = 5, Members = Deletions, Checkpoints = [0.2, 0.5, 1] }, Epochs, seed: 3);
            Process = Fit(Bank, Rows, workers: 2);
            Calibrated = new Calibration(Mean(2)).Fit(Bank, Rows);
        }

        public LabeledRows Rows { get; }

        public ModelBank Bank { get; }

        public FittedDeletionGaussianProcess Process { get; }

        public FittedCalibration Calibrated { get; }

        public static FittedDeletionGaussianProcess Fit(ModelBank bank, LabeledRows rows, int workers) =>
            new DeletionGaussianProcess(new() { Mean = Mean(workers) }).Fit(bank, rows);

        public LogitChange Predict(IFittedAttributor fitted, IReadOnlyList<long> forget) =>
            fitted.Predict(new AttributionRequest { Rows = Rows, ForgetRowIds = forget, Targets = Rows.Features, TargetRowIds = [.. Rows.RowIds.Select(id => (long?)id)] });

        public TrueChange Truth(IReadOnlyList<long> forget)
        {
            Tensor Logits(IReadOnlyList<long> without)
            {
                using var models = trainer.Train(Rows, [.. Enumerable.Range(0, 12).Select(i => new MemberPlan(500 + (ulong)i, without))]);
                return models.Final.Logits(Rows.Features);
            }

            using var scope = NewDisposeScope();
            return TrueChange.FromPairs(Logits(forget), Logits([]));
        }

        public void Dispose()
        {
            Process.Dispose();
            Calibrated.Dispose();
            Bank.Dispose();
            Rows.Dispose();
        }

        private static CalibrationOptions Mean(int workers) => new() { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 8, MaxWorkers = workers }, MaxRows = 300 };
    }
}
