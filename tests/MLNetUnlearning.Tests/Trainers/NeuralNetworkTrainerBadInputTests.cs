using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Trainers;

[TestClass]
public sealed class NeuralNetworkTrainerBadInputTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Fit_NaNFeature_NamesRowAndColumn()
    {
        var rows = Copy();
        rows[7].Pixels[3] = float.NaN;
        var error = Assert.ThrowsExactly<RowDataException>(() => Fit(rows));
        Assert.AreEqual(rows[7].RowId, error.RowId);
        Assert.AreEqual("Features", error.Column);
    }

    [TestMethod]
    public void Fit_RepeatedRowId_NamesRowAndColumn()
    {
        var rows = Copy();
        rows[9].RowId = rows[2].RowId;
        var error = Assert.ThrowsExactly<RowDataException>(() => Fit(rows));
        Assert.AreEqual(rows[2].RowId, error.RowId);
        Assert.AreEqual("RowId", error.Column);
    }

    [TestMethod]
    public void Fit_UnseenLabel_NamesRowAndColumn()
    {
        var rows = Copy();
        var mapping = ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Fit(ml.Data.LoadFromEnumerable(rows));
        rows[4].Digit = "d10";
        var data = mapping.Transform(ml.Data.LoadFromEnumerable(rows));
        var error = Assert.ThrowsExactly<RowDataException>(() => Trainer().Fit(Features().Fit(data).Transform(data)));
        Assert.AreEqual(rows[4].RowId, error.RowId);
        Assert.AreEqual("Label", error.Column);
    }

    [TestMethod]
    public void Fit_NoRows_SaysSo()
    {
        var data = ml.Data.SkipRows(Digits.TrainView(ml), Digits.TrainRows);
        var mapped = Mapping().Fit(Digits.TrainView(ml)).Transform(data);
        StringAssert.Contains(Assert.ThrowsExactly<RowDataException>(() => Trainer().Fit(mapped)).Message, "no rows");
    }

    [TestMethod]
    public void Fit_TextLabel_TellsToMapIt()
    {
        var pipeline = ml.Transforms.CopyColumns("Label", "Digit").Append(Features()).Append(Trainer());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.Fit(Digits.TrainView(ml))).Message, "MapValueToKey(\"Label\")");
    }

    [TestMethod]
    public void Fit_NoRowIdColumn_SaysHowToGoOn()
    {
        var options = Digits.SmallOptions("Id");
        var pipeline = Mapping().Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options));
        string message = Assert.ThrowsExactly<ArgumentException>(() => pipeline.Fit(Digits.TrainView(ml))).Message;
        StringAssert.Contains(message, "'Id'");
        StringAssert.Contains(message, "RowIdColumnName");
    }

    [TestMethod]
    public void Fit_TextRowIds_TellsToConvertThem()
    {
        var pipeline = Mapping().Append(ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions("Digit")));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.Fit(Digits.TrainView(ml))).Message, "ConvertType(\"Digit\"");
    }

    [TestMethod]
    public void Fit_MissingFeatureColumn_NamesIt()
    {
        var options = Digits.SmallOptions();
        options.FeatureColumnName = "Nothing";
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml))).Message, "'Nothing'");
    }

    [TestMethod]
    public void Fit_ScalarFeatures_TellsToConcatenate()
    {
        var options = Digits.SmallOptions();
        options.FeatureColumnName = "RowId";
        options.RowIdColumnName = null;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml))).Message, "Concatenate");
    }

    [TestMethod]
    public void Fit_ImageShapeThatDoesNotFit_NamesBothSizes()
    {
        var options = Digits.SmallOptions();
        options.Network = NetworkSpec.SmallCnn(new ImageShape(1, 9, 9));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml))).Message, "81");
    }

    [TestMethod]
    public void Create_ColumnNamedTwice_Throws()
    {
        var options = Digits.SmallOptions();
        options.ScoreColumnName = "Features";
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ml.MulticlassClassification.Trainers.NeuralNetwork(options)).Message, "'Features'");
    }

    [TestMethod]
    public void Create_NoEpochs_Throws() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.MulticlassClassification.Trainers.NeuralNetwork(epochs: 0));

    private static DigitRow[] Copy() =>
        [.. Digits.Train[..100].Select(row => new DigitRow { RowId = row.RowId, Pixels = [.. row.Pixels], Digit = row.Digit })];

    private void Fit(DigitRow[] rows) => Mapping().Append(Trainer()).Fit(ml.Data.LoadFromEnumerable(rows));

    private EstimatorChain<ColumnCopyingTransformer> Mapping() => ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(Features());

    private ColumnCopyingEstimator Features() => ml.Transforms.CopyColumns("Features", "Pixels");

    private NeuralNetworkTrainer Trainer() => ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions());
}
