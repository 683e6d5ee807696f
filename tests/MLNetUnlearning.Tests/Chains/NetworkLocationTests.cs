using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Chains;

[TestClass]
public sealed class NetworkLocationTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void Replace_InNestedChain_KeepsTypesScopesAndOtherSteps()
    {
        var inner = Ml.Transforms.NormalizeMinMax("Features", "Pixels").Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions(null)));
        var pipeline = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(inner, TransformerScope.TrainTest).Append(Ml.Transforms.CopyColumns("Copy", "Score"), TransformerScope.Scoring);
        using var model = pipeline.Fit(Digits.TrainView(Ml));
        var location = NetworkLocation.Find(model);
        CollectionAssert.AreEqual(new[] { 1, 1 }, location.Path.ToArray());

        var replacement = new NeuralNetworkTransformer(location.Network.Options, location.Network.Scorer.With(network => network.ToStack()).ToNetwork(), location.Network.Head, null, new MLContext(seed: 1));
        using var replaced = (TransformerChain<ColumnCopyingTransformer>)location.Replace(replacement);
        Assert.AreSame(replacement, NetworkLocation.Find(replaced).Network);
        Assert.AreSame(model.First(), replaced.First());
        Assert.AreSame(model.LastTransformer, replaced.LastTransformer);
        Assert.IsInstanceOfType<TransformerChain<NeuralNetworkTransformer>>(replaced.ElementAt(1));
        foreach (var scope in new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring })
        {
            CollectionAssert.AreEqual(model.GetModelFor(scope).Select(step => step.GetType()).ToArray(), replaced.GetModelFor(scope).Select(step => step.GetType()).ToArray());
        }
    }

    [TestMethod]
    public void Find_TwoNetworks_SaysSo()
    {
        using var model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        var twice = new TransformerChain<ITransformer>([.. model, .. model]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => NetworkLocation.Find(twice)).Message, "2 neural network steps");
    }
}
