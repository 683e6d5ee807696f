using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Features;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Gauss-Newton influence with <see cref="InfluenceSolver.FullDimension"/>.</summary>
[TestClass]
public sealed class FullDimensionInfluenceTests
{
    private static readonly long[] Forget = [1, 2, 43, 61];

    /// <summary>
    /// Projections that shrink nothing solve the same system another way, by a dense matrix in float64. 1e-5 of the largest entry is what conjugate gradients in float32 leave.
    /// </summary>
    [TestMethod]
    [DataRow(TrainingLoss.CrossEntropy)]
    [DataRow(TrainingLoss.SquaredError)]
    public void Predict_TrainedMlp_EqualsTheProjectedSolverWithWholeProjections(TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(80);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 6);

        CheckAgainstWholeProjections(bank, rows, Forget, new GaussNewtonInfluenceOptions { Loss = loss });
    }

    [TestMethod]
    [DataRow("small CNN")]
    [DataRow("odd convolutions")]
    [DataRow("normalised")]
    public void Predict_ConvolutionalNetwork_EqualsTheProjectedSolverWithWholeProjections(string name)
    {
        using var scope = NewDisposeScope();
        var network = name == "normalised" ? Normalised() : TestNetwork.Create(name, rows: 24);
        using var rows = Rows(network);
        using var bank = BankOf(network);

        CheckAgainstWholeProjections(bank, rows, [0, 30, 70], new GaussNewtonInfluenceOptions { WeightDecay = 0.01 });
    }

    /// <summary>Nothing is left to take curvature from but the ridge.</summary>
    [TestMethod]
    public void Predict_EveryRowForgotten_EqualsTheProjectedSolverWithWholeProjections()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp", rows: 8);
        using var rows = Rows(network);
        using var bank = BankOf(network);

        CheckAgainstWholeProjections(bank, rows, [.. rows.RowIds], new GaussNewtonInfluenceOptions { WeightDecay = 0.01 }, hasCurvature: false);
    }

    /// <summary>Where all rows that stay are one row many times over, five of them hold the curvature of the twenty, once it is scaled up.</summary>
    [TestMethod]
    public void Predict_CurvatureFromSomeRows_StandsForAll()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");
        network = network with { Features = network.Features.repeat_interleave(tensor(new long[] { 1, 1, 1, 1, 20 }).clone(), 0) };
        using var rows = Rows(network);
        using var bank = BankOf(network);
        long[] forget = [0, 10, 20, 30];
        var options = new GaussNewtonInfluenceOptions { WeightDecay = 0.01 };

        var all = Predict(bank, rows, Full(options), forget);
        var some = Predict(bank, rows, Full(new() { WeightDecay = 0.01, CurvatureRows = 5 }), forget);

        // A quarter of the curvature is the whole with four times the ridge, divided by four.
        var unscaled = Predict(bank, rows, Full(new() { WeightDecay = 0.01, Damping = 4 * options.Damping, Multiplier = 4 }), forget);
        double scale = all.abs().max().item<float>();
        Closeness.Check(all, some, 1e-5 * scale, "change");
        Assert.IsGreaterThan(0.05 * scale, unscaled.sub(all).abs().max().item<float>(), "Negative control: without the scale it must differ.");
    }

    /// <summary>
    /// The unlearner itself moves each member of the bank to the end of its step; what that changes, on average, is the prediction. Solved almost to the end, because the two start from different preconditioners:
    /// 1e-3 of the largest change is what is left.
    /// </summary>
    [TestMethod]
    public void Predict_OfSteps_IsTheMeanChangeOfTheMembersMovedByTheUnlearner()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(80);
        using var bank = Banks.Trained(rows, fullMembers: 3, epochs: 4, 6);
        var step = new GaussNewtonStepOptions { Damping = 5, Multiplier = 1.7, Iterations = 300, Tolerance = 1e-6 };
        var options = GaussNewtonInfluenceOptions.OfSteps(step);
        options.OutlierRatio = 1e6;
        using var members = bank.Models.Final.Slice(0, 3);
        using var moved = new GaussNewtonStep(step).Unlearn(new UnlearningRequest { ForgetRowIds = Forget }, new UnlearningContext { Models = members, Rows = rows });
        using Tensor before = members.Logits(rows.Features), after = moved.Models.Logits(rows.Features);
        var expected = after.sub(before).mean([0]);
        double scale = expected.abs().max().item<float>();

        Closeness.Check(expected, Predict(bank, rows, options), 1e-3 * scale, "change");

        options.EvaluateStep = false;
        Assert.IsGreaterThan(0.01 * scale, Predict(bank, rows, options).sub(expected).abs().max().item<float>(), "Negative control: the first order must differ.");
        (options.EvaluateStep, options.LastCheckpointOnly) = (true, false);
        Assert.IsGreaterThan(0.01 * scale, Predict(bank, rows, options).sub(expected).abs().max().item<float>(), "Negative control: earlier checkpoints must differ.");
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 6);

        string one = Bits.Of([Predict(bank, rows, Quick(workers: 1))]), many = Bits.Of([Predict(bank, rows, Quick(workers: 3))]);

        Assert.AreEqual(one, many);
        Assert.AreNotEqual(one, Bits.Of([Predict(bank, rows, Quick(workers: 1, seed: 1))]), "The seed draws rows and labels.");
    }

    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        using var left = rows.Without(rows.IndexesOf([1, 43]));
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 2, 6);
        using var all = new GaussNewtonInfluence(Quick(workers: 2)).Fit(bank, rows);
        using var fresh = new GaussNewtonInfluence(Quick(workers: 2)).Fit(bank, left);

        using var without = all.Without(rows, [1, 43]);

        Assert.AreEqual(Bits.Of([Predict(fresh, left, [2, 61])]), Bits.Of([Predict(without, left, [2, 61])]));
        Assert.AreNotEqual(Bits.Of([Predict(fresh, left, [2, 61])]), Bits.Of([Predict(all, rows, [2, 61]).index_select(0, tensor(rows.IndexesOf(left.RowIds.ToArray()).Select(i => (long)i).ToArray()))]));
    }

    [TestMethod]
    public void PredictAndWithout_RowsOfAnotherFit_AreRefused()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = new GaussNewtonInfluence(Quick(workers: 1)).Fit(bank, rows);
        using var without = fitted.Without(rows, Forget);

        foreach (Action refused in new Action[] { () => Predict(without, rows, [3]), () => without.Without(rows, [3]) })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(refused);
            StringAssert.Contains(error.Message, "60");
            StringAssert.Contains(error.Message, "56");
        }
    }

    [TestMethod]
    public void Predict_UnknownRow_NamesTheRow()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = new GaussNewtonInfluence(Quick(workers: 1)).Fit(bank, rows);

        Assert.AreEqual(5L, Assert.ThrowsExactly<RowDataException>(() => Predict(fitted, rows, [5])).RowId);
    }

    [TestMethod]
    public void Predict_StepThatRunsAway_SaysWhatToDo()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        var options = Quick(workers: 1);
        (options.EvaluateStep, options.LastCheckpointOnly, options.Multiplier, options.Damping) = (true, true, 1e60, 3);
        using var fitted = new GaussNewtonInfluence(options).Fit(bank, rows);

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Predict(fitted, rows, [rows.RowIds[5]])).Message, "more Damping than 3");
    }

    [TestMethod]
    public void Fit_UnsupportedLayer_IsRefusedBeforeAnyWork()
    {
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        int x = builder.Add("wave", new UnknownOperation(), 0);
        builder.Add("logits", new LinearOperation(3, 2), x);
        var final = ModelStack.Initialize(builder.Build(), [1]);
        using var bank = new ModelBank([MemberPlan.Full(1)], 1, new TrainedModels(final, [(1, final.Clone())]));
        using var rows = LabeledRows.Create([1, 2, 3, 4, 5, 6], 3, [0, 1], [1, 2], 2);
        var progress = new ProgressCount();

        var error = Assert.ThrowsExactly<UnsupportedLayerException>(() => new GaussNewtonInfluence(Quick(workers: 1)).Fit(bank, rows, progress));

        StringAssert.Contains(error.Message, "'wave'");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void FitAndPredict_Watched_ReportEachModelOnce()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        ProgressCount fitting = new(), predicting = new();

        using var fitted = new GaussNewtonInfluence(Quick(workers: 2)).Fit(bank, rows, fitting);
        using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features }, predicting);

        Assert.AreEqual(4, fitting.Reports);
        Assert.AreEqual(4, predicting.Reports);
    }

    /// <summary>At once and halfway, where what the models before have made must not be forgotten.</summary>
    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void FitAndPredict_Cancelled_StopAndLeaveNoTensors(int reports)
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        using var fitted = new GaussNewtonInfluence(Quick(workers: 1)).Fit(bank, rows);
        void Cancel(Action<StopAfter, CancellationToken> work)
        {
            using var source = new CancellationTokenSource();
            if (reports == 0)
            {
                source.Cancel();
            }

            Assert.ThrowsExactly<OperationCanceledException>(() => work(new StopAfter(source, reports), source.Token));
        }

        var request = new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features };
        Assert.AreEqual(0, LiveTensors.LeftBy(() => Cancel((progress, token) => new GaussNewtonInfluence(Quick(workers: 1)).Fit(bank, rows, progress, token)), times: 1));
        Assert.AreEqual(0, LiveTensors.LeftBy(() => Cancel((progress, token) => fitted.Predict(request, progress, token)), times: 1));
    }

    [TestMethod]
    public void FitPredictAndWithout_Repeated_LeaveNoTensors()
    {
        var network = Normalised();
        using var rows = Rows(network);
        using var bank = BankOf(network);
        void Work()
        {
            using var fitted = new GaussNewtonInfluence(Quick(workers: 2)).Fit(bank, rows);
            using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [0, 30], Targets = rows.Features });
            using var without = fitted.Without(rows, [0, 30]);
        }

        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    private static void CheckAgainstWholeProjections(ModelBank bank, LabeledRows rows, long[] forget, GaussNewtonInfluenceOptions options, bool hasCurvature = true)
    {
        options.ProjectionSize = 100;
        var expected = Predict(bank, rows, options, forget);
        var actual = Predict(bank, rows, Full(options), forget);
        var stopped = Predict(bank, rows, Full(options, iterations: 1), forget);

        double scale = expected.abs().max().item<float>();
        Console.WriteLine($"largest change {scale:g3}, difference {actual.sub(expected).abs().max().item<float>() / scale:g3}, after one iteration {stopped.sub(expected).abs().max().item<float>() / scale:g3}");
        Closeness.Check(expected, actual, 1e-5 * scale, "change");
        if (hasCurvature)
        {
            Assert.IsGreaterThan(0.02 * scale, stopped.sub(expected).abs().max().item<float>(), "One iteration must not be enough, or the test shows nothing.");
        }
    }

    /// <summary>Solved to the end, with the curvature of all rows.</summary>
    private static GaussNewtonInfluenceOptions Full(GaussNewtonInfluenceOptions options, int iterations = 400)
    {
        var full = options.Clone();
        full.Solver = InfluenceSolver.FullDimension;
        full.Iterations = iterations;
        full.Tolerance = 1e-6;
        return full;
    }

    private static GaussNewtonInfluenceOptions Quick(int workers, ulong seed = 0) =>
        new() { Solver = InfluenceSolver.FullDimension, Iterations = 3, CurvatureRows = 30, BatchSize = 20, MaxWorkers = workers, Seed = seed };

    private static Tensor Predict(ModelBank bank, LabeledRows rows, GaussNewtonInfluenceOptions options, params long[] forget)
    {
        using var fitted = new GaussNewtonInfluence(options).Fit(bank, rows);
        return Predict(fitted, rows, forget.Length == 0 ? Forget : forget);
    }

    private static Tensor Predict(IFittedAttributor fitted, LabeledRows rows, long[] forget) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forget, Targets = rows.Features }).Values;

    private static LabeledRows Rows(TestNetwork network)
    {
        int count = (int)network.Features.shape[0], classes = network.Graph.OutputSize;
        return LabeledRows.Create(
            network.Features.data<float>().ToArray(),
            network.Graph.InputSize,
            [.. Enumerable.Range(0, count).Select(row => row % classes)],
            [.. Enumerable.Range(0, count).Select(row => 10L * row)],
            classes);
    }

    private static ModelBank BankOf(TestNetwork network)
    {
        var final = new ModelStack(network.Graph, [.. network.Weights.Select(weight => weight.unsqueeze(0))]);
        return new ModelBank([MemberPlan.Full(0)], 1, new TrainedModels(final, [(1, final.Clone())]));
    }

    /// <summary>A convolution with batch normalisation, whose scales have no factored curvature.</summary>
    private static TestNetwork Normalised()
    {
        var image = new ImageShape(2, 6, 6);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("convolution", new Conv2dOperation(2, 4, 3, Padding: 1, HasBias: false), x);
        x = builder.Add("norm", new BatchNorm2dOperation(4), x);
        x = builder.Add("relu", new ReluOperation(), x);
        x = builder.Add("pool", new MaxPool2dOperation(2), x);
        x = builder.Add("flat", new FlattenOperation(), x);
        builder.Add("logits", new LinearOperation(36, 3), x);
        var graph = builder.Build();
        using var stack = ModelStack.Initialize(graph, [23]);
        return new TestNetwork(graph, [.. stack.Member(0).Select(weight => weight.clone())], randn([24, image.Size], generator: new Generator(17)));
    }
}
