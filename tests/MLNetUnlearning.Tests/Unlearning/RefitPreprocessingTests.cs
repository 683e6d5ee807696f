using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class RefitPreprocessingTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly DigitRow[] Rows = [.. Digits.Train.Select(row => new DigitRow { RowId = row.RowId, Pixels = [.. row.Pixels], Digit = row.Digit })];
    private static readonly long[] Forget = [.. Rows.Take(6).Select(row => row.RowId)];
    private static readonly IDataView Train = Extreme(), Retained = Ml.Data.LoadFromEnumerable(Rows.Skip(6));

    /// <summary>One forgotten row has pixels far beyond all others, so that scaling that saw it is another scaling.</summary>
    [TestMethod]
    public void Fit_Refitted_StepsAreThoseOfTheRowsThatStay()
    {
        using var refitted = Digits.Pipeline(Ml).Unlearn(Ml, Forget, Digits.Matching(), refitPreprocessing: true).Fit(Train);
        using var kept = Digits.Pipeline(Ml).Unlearn(Ml, Forget, Digits.Matching()).Fit(Train);

        var expected = Features(Ml.Transforms.NormalizeMinMax("Features", "Pixels").Fit(Retained));
        CollectionAssert.AreEqual(expected, Features(refitted.ElementAt(1)));
        CollectionAssert.AreNotEqual(expected, Features(kept.ElementAt(1)), "the control: without the flag the steps saw the rows");
        Assert.IsEmpty(refitted.OfType<NeuralNetworkTransformer>().Single().RowIds.Intersect(Forget));
        Assert.IsGreaterThan(0.8, Ml.MulticlassClassification.Evaluate(refitted.Transform(Digits.TestView(Ml))).MicroAccuracy);
    }

    /// <summary>By hand: fit the steps on the rows that stay, train the network on what they make of all rows, unlearn.</summary>
    [TestMethod]
    public void Fit_Refitted_EqualsTheSameByHand()
    {
        using var refitted = Digits.Pipeline(Ml).Unlearn(Ml, Forget, Digits.Matching(), seed: 2, refitPreprocessing: true).Fit(Train);
        var steps = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Append(Ml.Transforms.NormalizeMinMax("Features", "Pixels")).Fit(Retained);
        using var trained = Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions()).Fit(steps.Transform(Train));
        using var unlearned = trained.Unlearn(Ml, steps.Transform(Train), Forget, Digits.Matching(), seed: 2);
        // Two fits: the first attribution of a process can differ from later ones in the last bit of its float32 sums.
        Views.AreEqual(unlearned.Scores(steps.Transform(Digits.TestView(Ml))), refitted.Scores(Digits.TestView(Ml)), 1e-5f);
    }

    [TestMethod]
    public void Unlearn_FittedModel_SaysWhatIsNeeded()
    {
        using var model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Ml.Unlearning.Unlearn(model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget, RefitPreprocessing = true }));
        StringAssert.Contains(error.Message, "pipeline.Unlearn");
    }

    [TestMethod]
    public void Fit_StepFittedOnTheNetworksOutputs_IsRefusedByName()
    {
        var pipeline = Digits.Pipeline(Ml).Append(Ml.Transforms.NormalizeMinMax("Scaled", "Score"));
        var error = Assert.ThrowsExactly<ArgumentException>(() => pipeline.Unlearn(Ml, Forget, refitPreprocessing: true).Fit(Train));
        StringAssert.Contains(error.Message, "step 5: Normalizing");
    }

    [TestMethod]
    public void Fit_RowIdsMadeByThePipeline_SaysWhatIsNeeded()
    {
        var renamed = Ml.Transforms.CopyColumns("Id", "RowId").Append(Ml.Transforms.DropColumns("RowId")).Fit(Train).Transform(Train);
        var pipeline = Ml.Transforms.CopyColumns("RowId", "Id").Append(Digits.Pipeline(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.Unlearn(Ml, Forget, refitPreprocessing: true).Fit(renamed)).Message, "row ids are in the data from the start");
    }

    private static IDataView Extreme()
    {
        Rows[0].Pixels = [.. Rows[0].Pixels.Select(_ => 40f)];
        return Ml.Data.LoadFromEnumerable(Rows);
    }

    private static float[] Features(ITransformer normalizer) => [.. normalizer.Transform(Digits.TestView(Ml)).GetColumn<float[]>("Features").SelectMany(row => row)];
}
