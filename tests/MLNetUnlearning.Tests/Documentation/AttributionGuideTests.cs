using Microsoft.ML;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class AttributionGuideTests
{
    [TestMethod]
    public void Samples_AreTheCompiledOnes()
    {
        string source = Sample.Resource("AttributionGuideSample.cs");
        string[] samples = Sample.All(Sample.Resource("attribution.md"));
        Assert.HasCount(6, samples);
        for (int i = 1; i <= samples.Length; i++)
        {
            Assert.AreEqual(Sample.Unindent(Sample.Between(source, $"// sample {i} begin\n", $"// sample {i} end")), Sample.Unindent(samples[i - 1]), $"sample {i}");
        }
    }

    [TestMethod]
    public void Samples_Run()
    {
        var ml = new MLContext(seed: 1);
        long[] forget = [.. Digits.Train.Take(5).Select(row => row.RowId)];
        IDataView train = Digits.TrainView(ml), test = Digits.TestView(ml);
        using var model = Digits.Pipeline(ml).Fit(train);

        CollectionAssert.IsSubsetOf(new[] { "Score", "InfluentialRowIds", "InfluenceScores" }, AttributionGuideSample.Attribute(ml, model, train, test));
        CollectionAssert.IsSubsetOf(new[] { "Score", "PredictedScore", "PredictedScoreLower", "PredictedScoreUpper" }, AttributionGuideSample.Preview(ml, model, train, test, forget));
        AttributionGuideSample.Options().Validate();
        AttributionGuideSample.CheapRequests().Validate();
        Assert.HasCount(Digits.TrainRows - forget.Length, AttributionGuideSample.AfterTraining(ml, model, train, forget));
        Assert.HasCount(Digits.TrainRows - forget.Length, AttributionGuideSample.Refit(ml, Digits.Pipeline(ml), train, forget));
    }
}
