using Microsoft.ML;
using MLNetUnlearning.Tests.Tasks;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class TasksTests
{
    [TestMethod]
    public void Samples_AreTheCompiledOnes()
    {
        string[] samples = Sample.All(Sample.Resource("tasks.md"));
        string source = Sample.Resource("TasksSample.cs");
        string[] names = ["Binary", "Value", "Outputs", "Exact"];
        CollectionAssert.AreEqual(
            names.Select(name => Sample.Unindent(Sample.Between(source, $"// {name} begin\n", $"// {name} end"))).ToArray(),
            samples.Select(Sample.Unindent).ToArray());
    }

    [TestMethod]
    public void Samples_Run()
    {
        var ml = new MLContext(seed: 1);
        Assert.IsGreaterThan(0.7, TasksSample.Binary(ml, BinaryData.TrainView(ml), BinaryData.TestView(ml), BinaryData.Mislabelled));
        Assert.IsGreaterThan(0.4, TasksSample.Value(ml, RegressionData.TrainView(ml), RegressionData.TestView(ml), RegressionData.Spoiled));
        Assert.IsGreaterThan(0.3, TasksSample.Outputs(ml, RegressionData.TrainView(ml), RegressionData.TestView(ml), RegressionData.Spoiled));
        var scaled = ml.Data.LoadFromEnumerable(RegressionData.Train.Select(row => new RegressionRow { RowId = row.RowId, Inputs = row.Inputs, Label = (row.Label - 200_000) / 50_000 }));
        var test = ml.Data.LoadFromEnumerable(RegressionData.Test.Select(row => new RegressionRow { RowId = row.RowId, Inputs = row.Inputs, Label = (row.Label - 200_000) / 50_000 }));
        Assert.IsGreaterThan(0.3, TasksSample.Exact(ml, scaled, test, RegressionData.Spoiled));
    }
}
