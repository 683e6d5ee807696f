using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Unlearning;

/// <summary>Every method by its options, on an ML.NET model.</summary>
[TestClass]
public sealed class UnlearnMethodTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly long[] Forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));

    public static IEnumerable<object[]> Methods =>
    [
        [new DatamodelMatchingOptions(), "datamodel-matching"],
        [new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = new() }, "step-and-datamodel-matching"],
        [new GaussNewtonStepOptions(), "gauss-newton-step"],
        [new OracleMatchingOptions(), "oracle-matching"],
        [new RetrainOptions(), "retraining"],
        [new GradientDescentOptions(), "gradient-descent"],
        [new GradientAscentOptions { LearningRate = 1e-3 }, "gradient-ascent"],
        [new AscentDescentOptions(), "ascent-descent"],
        [new ScrubOptions(), "scrub"],
        [new JustInTimeUnlearningOptions(), "just-in-time"],
    ];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Unlearn_Options_ChooseTheMethod(IUnlearnerOptions options, string name)
    {
        var result = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget }, options);

        using var model = result.Model;
        Assert.AreEqual(name, result.Method);
        Assert.AreNotEqual(Model.Scores(Digits.TestView(Ml)).First().Value[0], model.Scores(Digits.TestView(Ml)).First().Value[0]);
    }

    [TestMethod]
    public void Unlearn_MethodThatPredictsOnly_IsRefusedBeforeAnyWork()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Model.Unlearn(Ml, Digits.TrainView(Ml), [], new DatamodelDirectOptions()));

        StringAssert.Contains(error.Message, "'datamodel-direct'");
        StringAssert.Contains(error.Message, "changes no weight");
    }
}
