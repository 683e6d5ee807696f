using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class CalibrateStepTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));

    private static GaussNewtonStepCalibrationOptions Few => new() { Dampings = [5, 20], Multipliers = [1, 1.6], Shrinkages = [0], MaxDeletions = 4 };

    [TestMethod]
    public void CalibrateStep_Model_ChoosesWhatForgetsOnItsBank()
    {
        var result = Ml.Unlearning.CalibrateStep(Model, Digits.TrainView(Ml), Few);
        var again = Ml.Unlearning.CalibrateStep(Model, Digits.TrainView(Ml), Few);

        Assert.HasCount(4, result.Trials);
        Assert.IsLessThan(1, result.Best.ErrorLeaving, "doing nothing has 1");
        Assert.AreEqual(result.Best, again.Best);
        Assert.AreEqual((result.Best.Damping, result.Best.Multiplier), (result.Chosen.Damping, result.Chosen.Multiplier));
    }

    [TestMethod]
    public void CalibrateStep_Chosen_IsTheStepOfDatamodelMatchingAndOfTheNextRequest()
    {
        var step = Ml.Unlearning.CalibrateStep(Model, Digits.TrainView(Ml), Few).Chosen;
        long[] forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];

        var first = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = forget }, new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = step });

        using var model = first.Model;
        Assert.AreEqual("step-and-datamodel-matching", first.Method);
        Assert.IsLessThan(first.MatchResidualBefore!.Value, first.MatchResidualAfter!.Value);
        var next = Ml.Unlearning.CalibrateStep(model, Digits.TrainView(Ml), Few);
        Assert.HasCount(4, next.Trials);
    }

    /// <summary>The whole way: calibrate, let deletions go by the calibrated step of the bank's members, save, load, forget. A reloaded model forgets to the same outputs.</summary>
    [TestMethod]
    public void FitAttribution_OfTheCalibratedStep_ServesDeletionsAndIsSaved()
    {
        var step = Ml.Unlearning.CalibrateStep(Model, Digits.TrainView(Ml), Few).Chosen;
        long[] forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];
        string path = Path.Combine(Path.GetTempPath(), $"fit-attribution-{Guid.NewGuid():n}.zip");
        try
        {
            using var fitted = Ml.Unlearning.FitAttribution(Model, Digits.TrainView(Ml), GaussNewtonInfluenceOptions.OfSteps(step));
            Ml.Unlearning.Save(fitted, Digits.TrainView(Ml).Schema, path);
            using var loaded = (TransformerChain<ITransformer>)Ml.Unlearning.Load(path, out _);
            var request = new UnlearningRequest { ForgetRowIds = forget };

            using var first = Ml.Unlearning.Unlearn(fitted, Digits.TrainView(Ml), request).Model;
            using var again = Ml.Unlearning.Unlearn(loaded, Digits.TrainView(Ml), request).Model;
            using var old = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), request).Model;

            CollectionAssert.AreEqual(Outputs(Model), Outputs(fitted), "nothing was trained");
            CollectionAssert.AreEqual(Outputs(first), Outputs(again));
            CollectionAssert.AreNotEqual(Outputs(old), Outputs(first), "another attribution gives another model");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void FitAttribution_BadSetting_IsRefusedBeforeTheDataIsRead()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Unlearning.FitAttribution(Model, new BrokenView(), new GaussNewtonInfluenceOptions { Damping = 0 }));

        StringAssert.Contains(error.Message, "Damping");
    }

    [TestMethod]
    public void CalibrateStep_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.ThrowsExactly<OperationCanceledException>(() => Ml.Unlearning.CalibrateStep(Model, Digits.TrainView(Ml), cancellationToken: source.Token));
    }

    [TestMethod]
    public void CalibrateStep_BadSetting_IsRefusedBeforeTheDataIsRead()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Unlearning.CalibrateStep(Model, new BrokenView(), new() { MaxDeletions = 0 }));

        StringAssert.Contains(error.Message, "axDeletions");
    }

    private static float[] Outputs(ITransformer model) => [.. model.Scores(Digits.TestView(Ml)).SelectMany(row => row.Value)];

    private sealed class BrokenView : IDataView
    {
        public bool CanShuffle => throw new InvalidOperationException("read");

        public DataViewSchema Schema => throw new InvalidOperationException("read");

        public long? GetRowCount() => throw new InvalidOperationException("read");

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => throw new InvalidOperationException("read");

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => throw new InvalidOperationException("read");
    }
}
