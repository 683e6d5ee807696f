using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>The assertions on real verifications, as a user's build would call them: the requests of the quick start, 100 models of each kind, with the library's defaults and with the quick start's settings.</summary>
[TestClass]
public sealed class VerificationGateTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly DigitRow[] TrainRows = [.. DigitModel.Rows.Where(row => row.RowId % 5 != 0)];
    private static readonly IDataView Train = Ml.Data.LoadFromEnumerable(TrainRows);
    private static readonly IDataView Test = Ml.Data.LoadFromEnumerable(DigitModel.Rows.Where(row => row.RowId % 5 == 0));

    [TestMethod]
    public void Gate_RandomRows_DatamodelMatchingComesCloseToTheFloor()
    {
        using var rows = Labeled();
        var report = Verify(ForgetSets.Random(rows, 100, seed: 1), new DatamodelMatchingOptions());

        UnlearningAssert.ForgetKlomWithin(report, 1.8);
        UnlearningAssert.RetainKlomWithin(report, 1.2);
        UnlearningAssert.ValidationKlomWithin(report, 1.2);
        UnlearningAssert.AccuracyWithin(report, 0.01);
    }

    /// <summary>The hard request: rows of one class that nothing else resembles. What stays is to be repaired, and the forgotten rows not made worse.</summary>
    [TestMethod]
    public void Gate_ClusteredRows_DatamodelMatchingBeatsDoingNothing()
    {
        using var rows = Labeled();
        var report = Verify(ForgetSets.Clustered(rows, 8, 50), new DatamodelMatchingOptions());

        Assert.IsLessThan(report.DoNothing.Forget.P95, report.Unlearned.Forget.P95);
        Assert.IsLessThanOrEqualTo(0.7 * report.DoNothing.Retain.P95, report.Unlearned.Retain.P95);
        Assert.IsLessThanOrEqualTo(0.7 * report.DoNothing.Validation.P95, report.Unlearned.Validation.P95);
    }

    /// <summary>The quick start's settings: the other rows come near to the floor on both requests, and most of what doing nothing leaves of the cluster goes.</summary>
    [TestMethod]
    public void Gate_QuickStart_RepairsTheOtherRowsAndForgetsMostOfTheCluster()
    {
        using var rows = Labeled();
        using var model = Fit(new NeuralNetworkOptions { LearningRate = 0.1, Attribution = new UnrolledInfluenceOptions() });
        var random = Verify(model, ForgetSets.Random(rows, 100, seed: 1), new DatamodelMatchingOptions());
        var cluster = Verify(model, ForgetSets.Clustered(rows, 8, 50), new DatamodelMatchingOptions());

        UnlearningAssert.ForgetKlomWithin(random, 1.8);
        UnlearningAssert.RetainKlomWithin(random, 1.25);
        UnlearningAssert.ValidationKlomWithin(random, 1.3);
        Assert.IsLessThanOrEqualTo(0.7 * cluster.DoNothing.Forget.Mean, cluster.Unlearned.Forget.Mean);
        Assert.IsLessThanOrEqualTo(0.5 * cluster.DoNothing.Retain.P95, cluster.Unlearned.Retain.P95);
        Assert.IsLessThanOrEqualTo(0.5 * cluster.DoNothing.Validation.P95, cluster.Unlearned.Validation.P95);
    }

    /// <summary>Negative control: the bound stops a method that forgets nothing.</summary>
    [TestMethod]
    public void Gate_DoNothing_Fails()
    {
        using var rows = Labeled();
        var report = Verify(ForgetSets.Random(rows, 100, seed: 1), new DoNothingOptions());

        var error = Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.ForgetKlomWithin(report, 1.8));

        StringAssert.Contains(error.Message, "do-nothing");
        StringAssert.Contains(error.Message, "N = 100");
    }

    private static LabeledRows Labeled() => LabeledRows.Create(
        [.. TrainRows.SelectMany(row => row.Features)], 64, [.. TrainRows.Select(row => row.Digit[0] - '0')], [.. TrainRows.Select(row => row.RowId)], 10);

    private static VerificationReport Verify(IReadOnlyList<long> forget, IUnlearnerOptions options)
    {
        using var model = Fit(new NeuralNetworkOptions { Bank = new ModelBankOptions { Members = 0 } });
        return Verify(model, forget, options);
    }

    private static VerificationReport Verify(TransformerChain<NeuralNetworkTransformer> model, IReadOnlyList<long> forget, IUnlearnerOptions options)
    {
        var result = Ml.Unlearning.Unlearn(model, Train, new UnlearningRequest { ForgetRowIds = forget }, options);
        using var unlearned = result.Model;
        return Ml.Unlearning.Verify(result, Train, Test, new VerificationOptions { Oracles = 100, Seed = 1 });
    }

    private static TransformerChain<NeuralNetworkTransformer> Fit(NeuralNetworkOptions options)
    {
        options.Network = NetworkSpec.Mlp(64, 64);
        options.Seed = 1;
        return Ml.Transforms.Conversion.MapValueToKey("Label", "Digit")
            .Append(Ml.Transforms.NormalizeMinMax("Features"))
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(options))
            .Fit(Train);
    }
}
