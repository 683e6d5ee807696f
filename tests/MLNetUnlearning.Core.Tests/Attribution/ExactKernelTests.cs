using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class ExactKernelTests
{
    private static readonly int[] Forget = [0, 3, 7];

    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(ExactKernelOptions.MaxRows), new ExactKernelOptions { MaxRows = 0 }],
        [nameof(ExactKernelOptions.Damping), new ExactKernelOptions { Damping = 0 }],
        [nameof(ExactKernelOptions.Multiplier), new ExactKernelOptions { Multiplier = -1 }],
        [nameof(ExactKernelOptions.OutlierRatio), new ExactKernelOptions { OutlierRatio = 0.5 }],
        [nameof(ExactKernelOptions.MaxMembers), new ExactKernelOptions { MaxMembers = 0 }],
        [nameof(ExactKernelOptions.WeightDecay), new ExactKernelOptions { WeightDecay = 0 }],
        [nameof(ExactKernelOptions.MarginRidge), new ExactKernelOptions { MarginRidge = 0 }],
        [nameof(ExactKernelOptions.BatchSize), new ExactKernelOptions { BatchSize = 0 }],
        [nameof(ExactKernelOptions.MaxWorkers), new ExactKernelOptions { MaxWorkers = 0 }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Constructor_SettingOutOfRange_NamesTheSetting(string setting, ExactKernelOptions options) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ExactKernel(options)).Message, setting);

    /// <summary>With projections that shrink nothing the other implementation, in float32 and in parameters, must agree; 1e-3 of the largest entry is its rounding, magnified by the solve.</summary>
    [TestMethod]
    [DataRow("wide mlp")]
    [DataRow("narrow mlp")]
    [DataRow("convolutions")]
    public void Predict_AgainstGaussNewtonWithWholeProjections_Agrees(string name)
    {
        using var scope = NewDisposeScope();
        var (bank, rows) = Problem(name);
        using var exact = new ExactKernel(new()).Fit(bank, rows);
        using var whole = new GaussNewtonInfluence(new() { ProjectionSize = 100 }).Fit(bank, rows);
        using var projected = new GaussNewtonInfluence(new() { ProjectionSize = 2 }).Fit(bank, rows);

        Tensor expected = Predict(whole, rows), actual = Predict(exact, rows);
        double scale = expected.abs().max().item<float>();
        Closeness.Check(expected, actual, 1e-3 * scale, name);
        Assert.IsGreaterThan(0.02 * scale, Predict(projected, rows).sub(actual).abs().max().item<float>(), "A projection must make a difference, or the test shows nothing.");
        bank.Dispose();
        rows.Dispose();
    }

    /// <summary>Against gradients row by row through the parameters, and a dense solve in parameters.</summary>
    [TestMethod]
    [DataRow("mlp")]
    [DataRow("small CNN")]
    [DataRow("odd convolutions")]
    public void Predict_AgainstDenseAlgebra_Agrees(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name, rows: 12);
        int classes = network.Graph.OutputSize;
        int[] labels = [.. Enumerable.Range(0, 12).Select(row => row % classes)];
        using var rows = LabeledRows.Create(network.Features.data<float>().ToArray(), network.Graph.InputSize, labels, [.. Enumerable.Range(0, 12).Select(row => 10L * row)], classes);
        using var bank = BankOf(network.Graph, [.. network.Weights.Select(weight => weight.unsqueeze(0))]);
        using var fitted = new ExactKernel(new() { Damping = 2, WeightDecay = 0.01, BatchSize = 5 }).Fit(bank, rows);
        var jacobian = PlainGradients.Jacobian(network.ToFloat64());
        var p = network.ToFloat64().Logits(network.ToFloat64().Weights).softmax(1);
        var residual = p.sub(nn.functional.one_hot(rows.Labels, classes));

        var predicted = Predict(fitted, rows).to_type(ScalarType.Float64);

        var truth = Dense(jacobian, p, residual, without: Forget);
        Assert.IsLessThan(1e-5, predicted.sub(truth).norm().div(truth.norm()).item<double>());
        var additive = Dense(jacobian, p, residual, without: []);
        Assert.IsGreaterThan(0.01, predicted.sub(additive).norm().div(truth.norm()).item<double>(), "Negative control: with the forget rows left in the curvature it must differ.");
    }

    /// <summary>Against TRAK's formula in parameters, (ΦᵀΦ + rI)⁻¹, with margin gradients by autograd.</summary>
    [TestMethod]
    public void RowInfluence_AgainstDenseAlgebra_Agrees()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("small CNN", rows: 12);
        using var rows = LabeledRows.Create(network.Features.data<float>().ToArray(), network.Graph.InputSize, [.. Enumerable.Range(0, 12).Select(row => row % 3)], [.. Enumerable.Range(0, 12)], 3);
        using var bank = BankOf(network.Graph, [.. network.Weights.Select(weight => weight.unsqueeze(0))]);
        using var fitted = new ExactKernel(new() { MarginRidge = 0.5 }).Fit(bank, rows);
        var exact = network.ToFloat64();
        int next = 0;
        var features = stack(PlainGradients.Of(exact, logits => Margin(logits, next++ % 3)).Select(PlainGradients.Flat));
        var p = exact.Logits(exact.Weights).softmax(1).gather(1, rows.Labels.unsqueeze(1)).squeeze(1);
        double ridge = 0.5 * features.pow(Held(2)).sum().item<double>() / 12;
        var inverse = linalg.inv(features.t().mm(features).add(eye(features.shape[1], dtype: ScalarType.Float64), alpha: Held(ridge)));
        var truth = features.slice(0, 0, 4, 1).mm(inverse).mm(features.t()).mul(p.neg().add(Held(1), Held(1)));

        using var scores = ((IRowInfluence)fitted).RowInfluence(rows, rows.Features.slice(0, 0, 4, 1), rows.Labels.slice(0, 0, 4, 1));

        Closeness.Check(truth.to_type(ScalarType.Float32), scores, 1e-5 * truth.abs().max().item<double>(), "scores");
    }

    [TestMethod]
    public void Predict_WorkersAndBatches_ChangeNothing()
    {
        using var scope = NewDisposeScope();
        var (bank, rows) = Problem("wide mlp");
        using var one = new ExactKernel(new() { MaxWorkers = 1 }).Fit(bank, rows);
        using var many = new ExactKernel(new() { MaxWorkers = 3 }).Fit(bank, rows);
        using var small = new ExactKernel(new() { BatchSize = 7 }).Fit(bank, rows);

        var expected = Predict(one, rows);
        Assert.AreEqual(Bits.Of([expected]), Bits.Of([Predict(many, rows)]));
        Closeness.Check(expected, Predict(small, rows), 1e-6 * expected.abs().max().item<float>(), "change");
        bank.Dispose();
        rows.Dispose();
    }

    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        var (bank, rows) = Problem("wide mlp");
        using var left = rows.Without([1, 2]);
        using var fitted = new ExactKernel(new()).Fit(bank, rows);
        using var without = fitted.Without(rows, [rows.RowIds[1], rows.RowIds[2]]);
        using var fresh = new ExactKernel(new()).Fit(bank, left);

        Assert.AreEqual(Bits.Of([Predict(fresh, left)]), Bits.Of([Predict(without, left)]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Predict(without, rows)).Message, "covers 28 rows");
        bank.Dispose();
        rows.Dispose();
    }

    [TestMethod]
    public void Fit_WhatCannotBeServed_IsRefusedBeforeAnyWork()
    {
        var (bank, rows) = Problem("wide mlp");
        using var none = new ModelBank(bank.Members, 0, bank.Models);

        // Three square matrices of 30 rows x 10 classes in float64.
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new ExactKernel(new() { MaxRows = 29 }).Fit(bank, rows)).Message, "about 2 MB");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new ExactKernel(new()).Fit(none, rows)).Message, "FullMembers");
        bank.Dispose();
        rows.Dispose();
    }

    [TestMethod]
    public void Predict_CancelledOrWatched_StopsOrReportsEachModel()
    {
        var (bank, rows) = Problem("narrow mlp");
        using var fitted = new ExactKernel(new()).Fit(bank, rows);
        var progress = new ProgressCount();
        var request = new AttributionRequest { Rows = rows, ForgetRowIds = [rows.RowIds[0]], Targets = rows.Features };

        Assert.ThrowsExactly<OperationCanceledException>(() => fitted.Predict(request, null, new CancellationToken(canceled: true)));
        using var change = fitted.Predict(request, progress);
        Assert.AreEqual(4, progress.Reports);
        bank.Dispose();
        rows.Dispose();
    }

    [TestMethod]
    public void FitAndPredict_Repeated_LeavesNoTensors()
    {
        var (bank, rows) = Problem("convolutions");
        long left = LiveTensors.LeftBy(
            () =>
            {
                using var fitted = new ExactKernel(new()).Fit(bank, rows);
                using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [rows.RowIds[0]], Targets = rows.Features });
                using var influence = ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, rows.Labels);
            },
            times: 2);

        Assert.AreEqual(0, left);
        bank.Dispose();
        rows.Dispose();
    }

    /// <summary>Banks whose kernel is solved over rows (wide) or in parameters (narrow), and one with convolution and batch normalisation.</summary>
    private static (ModelBank Bank, LabeledRows Rows) Problem(string name)
    {
        if (name == "convolutions")
        {
            using var scope = NewDisposeScope();
            var rows = Digits.Train(20);
            var graph = Convolutions();
            using var drawn = ModelStack.Initialize(graph, [1, 2]);
            var generator = new Generator(3);
            // Fresh statistics are 0 and 1 and fresh scales 1, where a forgotten term would not be seen.
            return (BankOf(graph, [.. drawn.Tensors.Select((weight, i) => graph.Nodes[2].FirstParameter <= i && i < graph.Nodes[2].FirstParameter + 4 ? rand(weight.shape, generator: generator).add(Held(0.5), Held(1)) : weight.clone())]), rows);
        }

        var digits = Digits.Train(30);
        return (name == "wide mlp" ? Banks.Trained(digits, 2, 2, 12) : Banks.Trained(digits, 2, 2, 2), digits);
    }

    private static NetworkGraph Convolutions()
    {
        var image = new ImageShape(1, 8, 8);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("norm", new BatchNorm2dOperation(1), x);
        x = builder.Add("convolution", new Conv2dOperation(1, 4, 3, Padding: 1), x);
        x = builder.Add("relu", new ReluOperation(), x);
        x = builder.Add("pool", new MaxPool2dOperation(2), x);
        x = builder.Add("narrow", new Conv2dOperation(4, 5, 2, HasBias: false), x);
        x = builder.Add("maximum", new GlobalMaxPoolOperation(), x);
        builder.Add("logits", new LinearOperation(5, 10), x);
        return builder.Build();
    }

    private static ModelBank BankOf(NetworkGraph graph, Tensor[] weights)
    {
        var final = new ModelStack(graph, weights);
        return new ModelBank([.. Enumerable.Range(0, final.Count).Select(i => MemberPlan.Full((ulong)i))], final.Count, new TrainedModels(final, [(1, final.Clone())]));
    }

    private static Tensor Predict(IFittedAttributor fitted, LabeledRows rows) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [.. Forget.Select(row => rows.RowIds[row])], Targets = rows.Features }).Values;

    private static Tensor Margin(Tensor logits, int label) =>
        logits[0, label].sub(cat([logits[0].slice(0, 0, label, 1), logits[0].slice(0, label + 1, logits.shape[1], 1)]).logsumexp(0));

    private static Tensor Dense(Tensor jacobian, Tensor p, Tensor residual, int[] without)
    {
        long rows = jacobian.shape[0], size = jacobian.shape[2];
        var curvature = eye(size, dtype: ScalarType.Float64).mul(Held(2 * 0.01 * rows));
        var gradient = zeros(size, dtype: ScalarType.Float64);
        for (int row = 0; row < rows; row++)
        {
            if (!without.Contains(row))
            {
                curvature = curvature.add(jacobian[row].t().mm(diag(p[row]).sub(outer(p[row], p[row]))).mm(jacobian[row]), Held(1));
            }

            if (Forget.Contains(row))
            {
                gradient = gradient.add(jacobian[row].t().mv(residual[row]), Held(1));
            }
        }

        return jacobian.matmul(linalg.solve(curvature, gradient.unsqueeze(1)).squeeze(1));
    }
}
