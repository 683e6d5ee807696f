using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

/// <summary>Importance against matrices written out row by row.</summary>
[TestClass]
public sealed class RowImportanceTests
{
    [TestMethod]
    [DataRow(TrainingLoss.CrossEntropy)]
    [DataRow(TrainingLoss.SquaredError)]
    public void Of_Mlp_EqualsTheMatricesWrittenOut(TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");
        var jacobian = PlainGradients.Jacobian(network);
        var guess = randn([jacobian.shape[2]], generator: new Generator(3));

        float[] importance = RowImportance.Of(network.Graph, network.Weights, network.Features, loss, guess, batchSize: 2, CancellationToken.None);

        var outputs = network.Logits(network.Weights).softmax(1);
        int count = (int)outputs.shape[0];
        var curvatures = Enumerable.Range(0, count)
            .Select(row => loss == TrainingLoss.CrossEntropy ? diag(outputs[row]).sub(outer(outputs[row], outputs[row])) : eye(outputs.shape[1])).ToArray();
        float[] products = [.. curvatures.Select((curvature, row) => curvature.mv(jacobian[row].mv(guess)).norm().item<float>())];
        float[] traces = [.. curvatures.Select(curvature => loss == TrainingLoss.CrossEntropy ? curvature.trace().item<float>() : 0)];
        for (int row = 0; row < count; row++)
        {
            double expected = (0.8 * products[row] / products.Sum()) + (loss == TrainingLoss.CrossEntropy ? 0.2 * traces[row] / traces.Sum() : 0);
            Assert.AreEqual(expected, importance[row], 1e-5, $"row {row}");
        }
    }
}
