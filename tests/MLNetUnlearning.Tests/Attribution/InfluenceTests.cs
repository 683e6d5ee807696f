using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Attribution;

[TestClass]
public sealed class InfluenceTests
{
    private const int TopK = 4;
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
    private static readonly IDataView Test = Ml.Data.TakeRows(Digits.TestView(Ml), 50);

    /// <summary>Against a full sort of scores that are asked of the attribution itself.</summary>
    [TestMethod]
    public void Transform_EachRow_NamesTheRowsThatASortOfAllScoresNames()
    {
        using var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK }).Fit(Test);

        var rows = Read(influence.Transform(Test));

        Assert.HasCount(50, rows);
        var network = Model.OfType<NeuralNetworkTransformer>().Single();
        using var scope = NewDisposeScope();
        var prefix = new TransformerChain<ITransformer>(Model.First(), Model.ElementAt(1));
        using var train = new RowReader(network.Options.Columns, network.Task).Read(prefix.Transform(Digits.TrainView(Ml)));
        using var targets = new RowReader(network.Options.Columns, network.Task).Read(prefix.Transform(Test));
        var predicted = network.Model.call(targets.Rows.Features).argmax(1);
        var scores = ((IRowInfluence)network.State!.Attributor).RowInfluence(train.Rows, targets.Rows.Features, predicted);
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[targets.Rows.RowIds[i]];
            float[] all = [.. scores[i].contiguous().data<float>()];
            float[] sorted = [.. all.OrderDescending()];
            float tolerance = 1e-4f * all.Max(Math.Abs);
            float[] expected = [.. sorted[..TopK], .. sorted[^TopK..].Reverse()];
            for (int slot = 0; slot < 2 * TopK; slot++)
            {
                // Other batches round otherwise, so near ties may change places; the id's own score must still be that of its place.
                Assert.AreEqual(expected[slot], row.InfluenceScores[slot], tolerance);
                Assert.AreEqual(row.InfluenceScores[slot], all[train.Rows.IndexOf(row.InfluentialRowIds[slot])], tolerance);
            }
        }
    }

    [TestMethod]
    public void Transform_Digit_IsRaisedMostByRowsOfItsClassAndLoweredByOthers()
    {
        using var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK }).Fit(Test);
        var digits = Digits.Train.ToDictionary(row => row.RowId, row => row.Digit);

        var rows = Read(influence.Transform(Test)).Values.ToArray();

        double same = rows.Average(row => row.InfluentialRowIds[..TopK].Count(id => digits[id] == row.PredictedDigit)) / TopK;
        double other = rows.Average(row => row.InfluentialRowIds[TopK..].Count(id => digits[id] != row.PredictedDigit)) / TopK;
        Console.WriteLine($"raising rows of the predicted class {same:f2}, lowering rows of other classes {other:f2}");
        // By chance a tenth of the rows is of one class. Rows of other classes raise margins too, by lowering a rival.
        Assert.IsGreaterThan(0.5, same);
        Assert.IsGreaterThan(0.9, other);
        Assert.IsTrue(rows.All(row => row.InfluenceScores[0] > 0 && row.InfluenceScores[TopK] < 0));
    }

    [TestMethod]
    public void Transform_SmallBatches_GivesTheSame()
    {
        using var large = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK }).Fit(Test);
        using var small = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK, BatchSize = 7 }).Fit(Test);
        var expected = Read(large.Transform(Test));
        foreach (var (id, row) in Read(small.Transform(Test)))
        {
            for (int slot = 0; slot < 2 * TopK; slot++)
            {
                Assert.AreEqual(expected[id].InfluenceScores[slot], row.InfluenceScores[slot], 1e-4f * Math.Abs(expected[id].InfluenceScores[0]));
            }
        }
    }

    [TestMethod]
    public void Fit_InPipeline_IsAnOrdinaryStep()
    {
        var pipeline = Ml.Transforms.CopyColumns("Kept", "Digit")
            .Append(Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK }))
            .Append(Ml.Transforms.Conversion.MapKeyToValue("Again", "PredictedLabel"))
            .Append(Ml.Transforms.CopyColumns("Scores", "InfluenceScores"));

        var scored = pipeline.Fit(Test).Transform(Test);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Int64, 2 * TopK), scored.Schema["InfluentialRowIds"].Type);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2 * TopK), scored.Schema["Scores"].Type);
        CollectionAssert.AreEqual(new[] { "Raising.1", "Raising.2", "Raising.3", "Raising.4", "Lowering.1", "Lowering.2", "Lowering.3", "Lowering.4" }, scored.Schema["InfluenceScores"].Texts("SlotNames"));
        CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedDigit").ToArray(), scored.GetColumn<string>("Again").ToArray());
        Views.AreEqual(Model.Scores(Test), Views.Scores(scored));
    }

    /// <summary>The shapes that are said beforehand, against those that stock trainers say of the same columns.</summary>
    [TestMethod]
    public void GetOutputSchema_Shapes_AreThoseOfTheTrainer()
    {
        // A stock copying step says what goes in.
        var input = Ml.Transforms.CopyColumns("Kept", "Digit").Append(Ml.Transforms.CopyColumns("Again", "Kept"));
        var shape = new Probe(Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml))).Shape(input, Digits.TrainView(Ml));
        var trainer = new Probe(Digits.Pipeline(Ml)).Shape(input, Digits.TrainView(Ml));

        foreach (var column in trainer)
        {
            var own = shape.Single(other => other.Name == column.Name);
            Assert.AreEqual((column.Kind, column.ItemType.RawType, column.IsKey), (own.Kind, own.ItemType.RawType, own.IsKey), column.Name);
        }

        var ids = shape.Single(column => column.Name == "InfluentialRowIds");
        Assert.AreEqual((SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int64), (ids.Kind, (NumberDataViewType)ids.ItemType));
        Assert.IsTrue(shape.Single(column => column.Name == "InfluenceScores").Annotations.Any(annotation => annotation.Name == "SlotNames"));
        Assert.IsTrue(shape.Single(column => column.Name == "PredictedLabel").Annotations.Any(annotation => annotation.Name == "KeyValues"));
        Assert.HasCount(trainer.Count + 2, shape);
    }

    [TestMethod]
    public void PredictionEngine_OneRow_EqualsTheBatch()
    {
        using var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK }).Fit(Test);
        using var engine = Ml.Model.CreatePredictionEngine<DigitRow, InfluencedDigit>(influence, new PredictionEngineOptions { OwnsTransformer = false });
        var batch = Read(influence.Transform(Test));

        foreach (var row in Digits.Test.Take(3))
        {
            var one = engine.Predict(row);
            Assert.AreEqual(batch[row.RowId].PredictedDigit, one.PredictedDigit);
            Assert.AreEqual(batch[row.RowId].InfluenceScores[0], one.InfluenceScores[0], 1e-4f * batch[row.RowId].InfluenceScores[0]);
        }
    }

    [TestMethod]
    public void Transform_OtherMethod_IsFittedOnTheModelsBank()
    {
        using var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { TopK = TopK, Attribution = new TrakOptions { ProjectionSize = 4, MaxMembers = 2 } }).Fit(Test);
        Assert.IsTrue(Read(influence.Transform(Test)).Values.All(row => row.InfluenceScores[0] >= row.InfluenceScores[1]));
    }

    [TestMethod]
    public void Transform_UnrolledInfluence_NamesTheRowsOfProjectedInfluence()
    {
        var options = Digits.SmallOptions();
        options.Attribution = new UnrolledInfluenceOptions { MaxMembers = 2, CalibrationDeletions = 0, CurvatureRows = 50, Iterations = 2 };
        using var model = Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
        Dictionary<long, InfluencedDigit> Named(IAttributorOptions? attribution)
        {
            using var influence = Ml.Unlearning.Attribute(model, Digits.TrainView(Ml), new() { TopK = TopK, Attribution = attribution }).Fit(Test);
            return Read(influence.Transform(Test));
        }

        var own = Named(null);
        var projected = Named(new GaussNewtonInfluenceOptions { MaxMembers = 2, LastCheckpointOnly = true });
        var others = Named(new GaussNewtonInfluenceOptions { MaxMembers = 1, LastCheckpointOnly = true });

        foreach (var (id, row) in own)
        {
            CollectionAssert.AreEqual(projected[id].InfluentialRowIds, row.InfluentialRowIds);
            CollectionAssert.AreEqual(projected[id].InfluenceScores, row.InfluenceScores);
        }

        Assert.IsFalse(own.All(row => row.Value.InfluenceScores.SequenceEqual(others[row.Key].InfluenceScores)), "Negative control: other members.");
    }

    [TestMethod]
    public void Fit_MethodThatScoresNoSingleRows_SaysWhatToDo()
    {
        var estimator = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml), new() { Attribution = new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 1, CurvatureRows = 20 } });
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => estimator.Fit(Test)).Message, "does not score single rows");
    }

    [TestMethod]
    public void Attribute_WhereThereIsNoNetworkOrNoIds_IsRefusedAtOnce()
    {
        var stock = Ml.Transforms.NormalizeMinMax("Features", "Pixels").Fit(Test);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Unlearning.Attribute(stock, Test)).Message, "no neural network step");
        using var without = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Ml.Unlearning.Attribute(without, Test)).Message, "row ids");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Unlearning.Attribute(Model, Test, new() { TopK = 0 }));
    }

    [TestMethod]
    public void Fit_OnRowsWithoutTheModelsColumns_NamesTheColumn()
    {
        var estimator = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml));
        var wrong = Ml.Transforms.DropColumns("Pixels").Fit(Test).Transform(Test);
        StringAssert.Contains(Assert.Throws<Exception>(() => estimator.Fit(wrong)).Message, "Pixels");
        StringAssert.Contains(Assert.Throws<Exception>(() => Ml.Transforms.DropColumns("Pixels").Append(estimator).Fit(Test)).Message, "Pixels");
    }

    [TestMethod]
    public void Save_Step_IsRefusedAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        using var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml)).Fit(Test);
        var error = Assert.Throws<Exception>(() => Ml.Model.Save(influence, Test.Schema, folder.File("model.zip")));
        StringAssert.Contains(error.Message, "cannot be saved");
    }

    [TestMethod]
    public void Transform_Disposed_Throws()
    {
        var influence = Ml.Unlearning.Attribute(Model, Digits.TrainView(Ml)).Fit(Test);
        var lazy = influence.Transform(Test);
        influence.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => influence.Transform(Test));
        // Columns read through several cursors wrap what goes wrong in one of them.
        Assert.IsInstanceOfType<ObjectDisposedException>(Assert.ThrowsExactly<InvalidOperationException>(() => Read(lazy)).InnerException);
    }

    private static Dictionary<long, InfluencedDigit> Read(IDataView view) => Ml.Data.CreateEnumerable<InfluencedDigit>(view, reuseRowObject: false).ToDictionary(row => row.RowId);
}
