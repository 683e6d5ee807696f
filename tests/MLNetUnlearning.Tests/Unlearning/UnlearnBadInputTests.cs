using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class UnlearnBadInputTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));

    [TestMethod]
    public void Unlearn_NoRowNamed_Throws() => StringAssert.Contains(Refused().Message, "no row");

    [TestMethod]
    public void Unlearn_UnknownRow_NamesIt()
    {
        long unknown = Digits.Test[0].RowId;
        var error = Refused(Digits.Train[0].RowId, unknown);
        Assert.AreEqual(unknown, error.RowId);
        Assert.AreEqual("RowId", error.Column);
    }

    [TestMethod]
    public void Unlearn_RowNamedTwice_NamesIt()
    {
        long id = Digits.Train[3].RowId;
        Assert.AreEqual(id, Refused(id, id).RowId);
    }

    [TestMethod]
    public void Unlearn_AllRows_Throws() => StringAssert.Contains(Refused([.. Digits.Train.Select(row => row.RowId)]).Message, "all 600 rows");

    [TestMethod]
    public void Unlearn_AllRowsOfAClass_NamesColumn() => Assert.AreEqual("Label", Refused([.. Digits.Train.Where(row => row.Digit == "d4").Select(row => row.RowId)]).Column);

    [TestMethod]
    public void Unlearn_TrainingRowMissingFromData_NamesIt()
    {
        var error = Assert.ThrowsExactly<RowDataException>(() => Model.Unlearn(Ml, Ml.Data.LoadFromEnumerable(Digits.Train[1..]), [Digits.Train[5].RowId]));
        Assert.AreEqual(Digits.Train[0].RowId, error.RowId);
    }

    [TestMethod]
    public void Unlearn_RepeatedRowInData_NamesIt()
    {
        var error = Assert.ThrowsExactly<RowDataException>(() => Model.Unlearn(Ml, Ml.Data.LoadFromEnumerable(Digits.Train.Append(Digits.Train[8])), [Digits.Train[5].RowId]));
        Assert.AreEqual(Digits.Train[8].RowId, error.RowId);
    }

    [TestMethod]
    public void Unlearn_AlreadyForgottenRow_NamesIt()
    {
        long id = Digits.Train[5].RowId;
        using var unlearned = Model.Unlearn(Ml, Digits.TrainView(Ml), [id]);
        Assert.AreEqual(id, Assert.ThrowsExactly<RowDataException>(() => unlearned.Unlearn(Ml, Digits.TrainView(Ml), [id])).RowId);
    }

    [TestMethod]
    public void Unlearn_ModelWithoutRowIds_TellsHowToTrainIt()
    {
        using var model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => model.Unlearn(Ml, Digits.TrainView(Ml), [Digits.Train[0].RowId])).Message, "RowIdColumnName");
    }

    [TestMethod]
    public void Unlearn_StockModel_SaysWhatIsMissing()
    {
        var model = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Fit(Digits.TrainView(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.Unlearn(Ml, Digits.TrainView(Ml), [Digits.Train[0].RowId])).Message, "ml.Unlearning.Load");
    }

    [TestMethod]
    public void Unlearn_OtherKeyMapping_NamesColumn()
    {
        var prefix = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(Ml.Transforms.CopyColumns("Features", "Pixels"));
        using var model = Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions()).Fit(prefix.Fit(Digits.TrainView(Ml)).Transform(Digits.TrainView(Ml)));
        var reversed = Ml.Data.LoadFromEnumerable(Digits.Train.Reverse());
        var other = prefix.Fit(reversed).Transform(reversed);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.Unlearn(Ml, other, [Digits.Train[0].RowId])).Message, "'Label'");
    }

    [TestMethod]
    public void Unlearn_Cancelled_ThrowsAndLeavesModel()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var before = Model.Scores(Digits.TestView(Ml));
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = [Digits.Train[0].RowId] }, cancellationToken: source.Token));
        Views.AreEqual(before, Model.Scores(Digits.TestView(Ml)));
    }

    [TestMethod]
    public void Unlearn_WrongSetting_Throws() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
        Model.Unlearn(Ml, Digits.TrainView(Ml), [Digits.Train[0].RowId], new DatamodelMatchingOptions { ForgetMultiplier = 0 }));

    private static RowDataException Refused(params long[] forget)
    {
        var before = Model.Scores(Digits.TestView(Ml));
        var error = Assert.ThrowsExactly<RowDataException>(() => Model.Unlearn(Ml, Digits.TrainView(Ml), forget));
        Views.AreEqual(before, Model.Scores(Digits.TestView(Ml)));
        return error;
    }
}
