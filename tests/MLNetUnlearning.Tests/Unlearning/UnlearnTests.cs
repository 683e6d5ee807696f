using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class UnlearnTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly long[] Forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));

    [TestMethod]
    public void Unlearn_OnChain_GivesSameTypeAndKeepsTheRest()
    {
        var before = Model.Scores(Digits.TestView(Ml));
        using TransformerChain<KeyToValueMappingTransformer> unlearned = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget);
        Views.AreEqual(before, Model.Scores(Digits.TestView(Ml)));
        Assert.AreNotEqual(before.First().Value[0], unlearned.Scores(Digits.TestView(Ml)).First().Value[0]);
        foreach (var (old, now) in Model.Zip(unlearned))
        {
            Assert.AreEqual(old is not NeuralNetworkTransformer, ReferenceEquals(old, now));
        }

        var metrics = Ml.MulticlassClassification.Evaluate(unlearned.Transform(Digits.TestView(Ml)));
        Assert.IsGreaterThan(0.8, metrics.MicroAccuracy);
    }

    [TestMethod]
    public void Unlearn_ThenAgain_ForgetsBothSets()
    {
        long[] more = [.. Digits.Train.Where(row => row.Digit == "d5").Take(4).Select(row => row.RowId)];
        using var once = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget);
        using var twice = once.Unlearn(Ml, Digits.TrainView(Ml), more);
        var network = Network(twice);
        Assert.HasCount(Digits.TrainRows - Forget.Length - more.Length, network.RowIds);
        Assert.IsEmpty(network.RowIds.Intersect(Forget.Concat(more)));
        Assert.IsEmpty(network.State!.Bank.Members.SelectMany(member => member.ExcludedRowIds).Intersect(Forget.Concat(more)));
        Assert.HasCount(Digits.TrainRows, Network(Model).RowIds);
    }

    [TestMethod]
    public void Unlearn_SameRequestTwice_GivesSameBits()
    {
        using var first = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget, seed: 4);
        using var second = Model.Unlearn(Ml, Ml.Data.ShuffleRows(Digits.TrainView(Ml), seed: 9), Forget, seed: 4);
        using var other = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget, seed: 5);
        Views.AreEqual(first.Scores(Digits.TestView(Ml)), second.Scores(Digits.TestView(Ml)));
        Assert.AreNotEqual(first.Scores(Digits.TestView(Ml)).First().Value[0], other.Scores(Digits.TestView(Ml)).First().Value[0]);
    }

    [TestMethod]
    public void Unlearn_MislabelledRows_TakesTheWrongLabelBack()
    {
        // Rows labelled wrongly on purpose pull the model to the wrong class; forgetting them has to let go. Doing nothing is the negative control.
        var rows = Digits.Train.Select(row => new DigitRow { RowId = row.RowId, Pixels = row.Pixels, Digit = row.Digit }).ToArray();
        var wrong = rows.Where(row => row.Digit == "d3").Take(12).ToArray();
        foreach (var row in wrong)
        {
            row.Digit = "d8";
        }

        var options = Digits.SmallOptions();
        options.Epochs = 20;
        var data = Ml.Data.LoadFromEnumerable(rows);
        using var model = Digits.Pipeline(Ml, options).Fit(data);
        long[] forget = [.. wrong.Select(row => row.RowId)];
        double WrongProbability(ITransformer scored)
        {
            var scores = scored.Scores(data);
            return forget.Average(id => scores[id][8]);
        }

        using var nothing = model.Unlearn(Ml, data, forget, new DoNothingOptions());
        using var unlearned = model.Unlearn(Ml, data, forget);
        Assert.AreEqual(WrongProbability(model), WrongProbability(nothing));
        Assert.IsLessThan(0.8 * WrongProbability(model), WrongProbability(unlearned));
    }

    [TestMethod]
    public void Unlearn_Result_TellsWhatWasDone()
    {
        var result = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget }, Digits.Matching());
        using var model = result.Model;
        Assert.AreEqual("datamodel-matching", result.Method);
        Assert.IsLessThan(result.MatchResidualBefore!.Value, result.MatchResidualAfter!.Value);
        Assert.IsGreaterThanOrEqualTo(result.AttributionTime + result.FineTuningTime, result.TotalTime);
        CollectionAssert.AreEqual(new[] { "step 1: ValueToKeyMapping", "step 2: Normalizing" }, result.PreprocessingFittedOnForgottenRows.ToArray());
        StringAssert.Contains(result.Warnings.Single(), "step 1: ValueToKeyMapping, step 2: Normalizing");
    }

    [TestMethod]
    public void Unlearn_RowsTheModelDoesNotKnow_AreIgnoredWithWarning()
    {
        var more = Ml.Data.LoadFromEnumerable(Digits.Train.Concat(Digits.Test));
        var result = Ml.Unlearning.Unlearn(Model, more, new UnlearningRequest { ForgetRowIds = Forget }, Digits.Matching());
        using var model = result.Model;
        using var plain = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget, Digits.Matching());
        Assert.AreEqual(1, result.Warnings.Count(warning => warning.Contains($"{Digits.TestRows} rows", StringComparison.Ordinal)));
        Views.AreEqual(plain.Scores(Digits.TestView(Ml)), model.Scores(Digits.TestView(Ml)));
    }

    [TestMethod]
    public void Unlearn_OriginalDisposedAfterwards_ModelStillUnlearns()
    {
        var original = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
        using var once = original.Unlearn(Ml, Digits.TrainView(Ml), Forget);
        original.Dispose();
        using var twice = once.Unlearn(Ml, Digits.TrainView(Ml), [Network(once).RowIds[0]]);
        Assert.HasCount(Digits.TestRows, twice.Scores(Digits.TestView(Ml)));
        Assert.ThrowsExactly<ObjectDisposedException>(() => original.Unlearn(Ml, Digits.TrainView(Ml), Forget));
    }

    [TestMethod]
    public void Unlearn_StepAlone_GivesStep()
    {
        var prefix = new TransformerChain<ITransformer>(Model.First(), Model.ElementAt(1));
        using NeuralNetworkTransformer unlearned = Network(Model).Unlearn(Ml, prefix.Transform(Digits.TrainView(Ml)), Forget);
        using var chain = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget);
        Views.AreEqual(chain.Scores(Digits.TestView(Ml)), unlearned.Scores(prefix.Transform(Digits.TestView(Ml))));
    }

    [TestMethod]
    public void Unlearn_ThenDispose_LeaksNoTensor()
    {
        // TorchSharp counts a tensor that becomes a module parameter and never takes it back off; that drift is measured and allowed for.
        using var stack = Network(Model).Scorer.With(network => network.ToStack());
        long Growth(Action action)
        {
            action();
            long before = Count();
            action();
            return Count() - before;
        }

        long drift = Growth(() => stack.ToNetwork().Dispose());
        Assert.AreEqual(drift, Growth(() => Model.Unlearn(Ml, Digits.TrainView(Ml), Forget).OfType<NeuralNetworkTransformer>().Single().Dispose()));
    }

    private static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return TorchSharp.torch.Tensor.TotalCount;
    }

    private static NeuralNetworkTransformer Network(TransformerChain<KeyToValueMappingTransformer> model) => model.OfType<NeuralNetworkTransformer>().Single();
}
