using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>The written-out gradient against autograd of the mean squared error. Tolerance 1e-6: the same float32 products in another order.</summary>
[TestClass]
public sealed class MatchObjectiveTests
{
    [TestMethod]
    public void Evaluate_PartOfTheModels_IsTheMeanSquaredErrorOfEach()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        var targets = randn([4, 6, 3], generator: generator);
        var logits = randn([2, 5, 3], generator: generator).requires_grad_();
        long[][] rows = [[0, 2, 2, 5, 1], [3, 0, 4, 4, 4]];

        // Models 1 and 2 of four.
        var (loss, gradient) = new MatchObjective(targets).Evaluate(logits.detach(), 1, tensor(rows.SelectMany(r => r).ToArray()), full([2, 5, 1], Held(0.2f)));

        for (int model = 0; model < 2; model++)
        {
            var expected = nn.functional.mse_loss(logits[model], targets[model + 1].index_select(0, tensor(rows[model])));
            Closeness.Check(expected, loss[model], 1e-6, $"loss of model {model}");
            Closeness.Check(autograd.grad([expected], [logits], retain_graph: true)[0][model], gradient[model], 1e-6, $"gradient of model {model}");
        }
    }

    [TestMethod]
    public void Evaluate_RowOfWeightZero_CountsForNothing()
    {
        using var scope = NewDisposeScope();
        var targets = zeros(1, 2, 2);
        var logits = tensor(new float[] { 1, 1, 100, 100 }, [1, 2, 2]);

        var (loss, gradient) = new MatchObjective(targets).Evaluate(logits, 0, tensor(new long[] { 0, 1 }), tensor(new float[] { 1, 0 }, [1, 2, 1]));

        Assert.AreEqual(1f, loss[0].item<float>());
        Assert.AreEqual(0f, gradient[0][1].abs().max().item<float>());
    }
}
