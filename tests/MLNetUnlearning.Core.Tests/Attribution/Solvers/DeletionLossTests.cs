using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

[TestClass]
public sealed class DeletionLossTests
{
    private static readonly int[] Forget = [1, 2, 7];

    /// <summary>Against losses added up row by row: those that stay taught what the model said, those that leave the same less 1 - w of their true loss. float32 forward passes leave 1e-5 of a loss of about ten.</summary>
    [TestMethod]
    [DataRow(TrainingLoss.CrossEntropy)]
    [DataRow(TrainingLoss.SquaredError)]
    public void At_MovedWeights_IsTheLossAddedUpRowByRow(TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 3, 8);
        var weights = bank.Models.Final.Member(0);
        var request = GroupRows.Of(rows, Forget, 5, 0, loss);
        var vector = new ParameterVector(bank.Graph);
        var moved = vector.Moved(weights, randn(bank.Graph.TrainableCount, generator: new Generator(1)).mul(Held(0.05)));
        const double Remaining = 0.4;
        double Loss(Tensor outputs, Tensor target) =>
            loss == TrainingLoss.CrossEntropy ? -outputs.log_softmax(0).dot(target).item<double>() : outputs.sub(target).pow(Held(2)).sum().item<double>() / 2;
        Tensor Outputs(Tensor[] of, Tensor features) => bank.Graph.Forward(of, features.unsqueeze(0), stacked: false, training: false)[0].to_type(ScalarType.Float64);

        double expected = 0;
        foreach (var (features, label, stands) in Enumerable.Range(0, (int)request.Pool.shape[0]).Select(i => (request.Pool[i], (Tensor?)null, 57.0 / request.Pool.shape[0]))
            .Concat(Forget.Select((row, i) => (request.Forget[i], (Tensor?)nn.functional.one_hot(request.ForgetLabels[i], 10).to_type(ScalarType.Float64), 1.0))))
        {
            Tensor before = Outputs(weights, features), after = Outputs(moved, features), said = loss.Prediction(before);
            expected += stands * (Loss(after, said) - Loss(before, said));
            expected -= label is null ? 0 : (1 - Remaining) * (Loss(after, label) - Loss(before, label));
        }

        var tested = new DeletionLoss(bank.Graph, weights, request, 16, CancellationToken.None);

        Assert.AreEqual(expected, tested.At(tested.Outputs(moved), Remaining), 1e-4);
        Assert.AreEqual(0, tested.At(tested.Start, Remaining));
        Assert.IsGreaterThan(1e-3, tested.At(tested.Outputs(moved), 1), "with all rows the start is the minimum");
    }

    /// <summary>Downhill at the start, and by as much as the right-hand side of the group's system says.</summary>
    [TestMethod]
    public void At_ASmallWayAlongTheSystemsRight_FallsByItsLength()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 8);
        var weights = bank.Models.Final.Member(0);
        var request = GroupRows.Of(rows, Forget, 60, 0, TrainingLoss.CrossEntropy);
        using var preconditioner = new Preconditioner(bank.Graph, weights, request.Pool, request.RetainCount, request.Loss, 1);
        using var system = new GroupSystem(bank.Graph, weights, request, preconditioner, new(1, 1, 0, 60, 16), 1, CancellationToken.None);
        var loss = new DeletionLoss(bank.Graph, weights, request, 16, CancellationToken.None);
        double length = system.Right.norm().item<float>();

        double fall = loss.At(loss.Outputs(new ParameterVector(bank.Graph).Moved(weights, system.Right.mul(Held(1e-3 / length)))), 0);

        // 1 %: the second order of a way of 1e-3.
        Assert.AreEqual(-1e-3 * length, fall, 1e-5 * length);
    }
}
