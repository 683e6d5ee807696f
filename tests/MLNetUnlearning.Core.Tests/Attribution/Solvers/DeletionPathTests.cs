using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

/// <summary>Paths against exact retraining where the loss is convex.</summary>
[TestClass]
public sealed class DeletionPathTests
{
    private const double WeightDecay = 0.002;

    /// <summary>
    /// Softmax regression solved to its optimum with and without half of a class: one step misses by as much as the residuals grow, each doubling of the stages has to bring the end nearer, and 16 have to leave less than a third. 200 iterations on all rows solve each
    /// stage exactly.
    /// </summary>
    [TestMethod]
    public void Solve_SoftmaxRegression_NearsTheRetrainedOptimumWithEveryDoubling()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(90);
        var problem = new ConvexProblem(rows, TrainingLoss.CrossEntropy, WeightDecay);
        int[] forget = [.. Enumerable.Range(0, rows.Count).Where(row => rows.Labels[row].item<long>() == 3).Take(5)];
        Tensor original = problem.Solve(), retrained = problem.Solve(forget);
        using var bank = Banks.OfAffine(original);
        double way = Distance(original, retrained);

        double[] errors = [.. new[] { 1, 2, 4, 8, 16 }.Select(stages => Distance(End(stages), retrained) / way)];

        Console.WriteLine(string.Join(", ", errors));
        for (int i = 1; i < errors.Length; i++)
        {
            Assert.IsLessThan(errors[i - 1], errors[i]);
        }

        Assert.IsLessThan(errors[0] / 3, errors[^1]);

        Tensor End(int stages)
        {
            var weights = bank.Models.Final.Member(0);
            var request = GroupRows.Of(rows, forget, rows.Count, 0, TrainingLoss.CrossEntropy);
            using var preconditioner = new Preconditioner(bank.Graph, weights, request.Pool, request.RetainCount, request.Loss, 1);
            var change = DeletionPath.Solve(bank.Graph, weights, request, preconditioner, [problem.Ridge], new(stages, 200, 1e-7, rows.Count, 128), 5, CancellationToken.None)[0];
            return Theta(bank.Graph, weights, change);
        }
    }

    /// <summary>Several ridges at once are each what they are alone: the start is shared, the paths are not.</summary>
    [TestMethod]
    public void Solve_TwoRidges_EqualEachAlone()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 5, 8);
        var weights = bank.Models.Final.Member(0);
        var request = GroupRows.Of(rows, [1, 2, 3], 20, 0, TrainingLoss.CrossEntropy);
        using var preconditioner = new Preconditioner(bank.Graph, weights, request.Pool, request.RetainCount, request.Loss, 1);
        Tensor[] Solve(params double[] ridges) => DeletionPath.Solve(bank.Graph, weights, request, preconditioner, ridges, new(3, 5, 0, 60, 16), 5, CancellationToken.None);

        var both = Solve(0.5, 2);

        Assert.AreEqual(Bits.Of([Solve(0.5)[0]]), Bits.Of([both[0]]));
        Assert.AreEqual(Bits.Of([Solve(2)[0]]), Bits.Of([both[1]]));
        Assert.AreNotEqual(Bits.Of([both[0]]), Bits.Of([both[1]]));
    }

    /// <summary>With next to no damping a stage goes far out of where its curvature holds; halved stages still end below the start. The first stage in one piece, the control, ends above it.</summary>
    [TestMethod]
    public void Solve_HardlyDamped_EndsBelowTheStart()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 5, 16);
        var weights = bank.Models.Final.Member(0);
        int[] forget = [.. Enumerable.Range(0, 40)];
        var request = GroupRows.Of(rows, forget, 10, 0, TrainingLoss.CrossEntropy);
        using var preconditioner = new Preconditioner(bank.Graph, weights, request.Pool, request.RetainCount, request.Loss, 1);
        GroupSolverOptions options = new(2, 30, 0, 10, 64);
        var loss = new DeletionLoss(bank.Graph, weights, request, 64, CancellationToken.None);
        double End(Tensor way) => loss.At(loss.Outputs(new ParameterVector(bank.Graph).Moved(weights, way)), 0);
        using var system = new GroupSystem(bank.Graph, weights, request, preconditioner, options, 5, CancellationToken.None);

        var whole = system.Solve(1e-4, 30, 0, CancellationToken.None, remaining: 0.5).div(Held(2));
        var halved = DeletionPath.Solve(bank.Graph, weights, request, preconditioner, [1e-4], options, 5, CancellationToken.None)[0];

        Assert.IsGreaterThan(0, End(whole), "control");
        Assert.IsLessThanOrEqualTo(0, End(halved));
    }

    [TestMethod]
    public void Solve_Repeated_LeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 2, 8);
        var weights = bank.Models.Final.Member(0);
        var request = GroupRows.Of(rows, [1, 2, 3], 5, 0, TrainingLoss.CrossEntropy);
        using var preconditioner = new Preconditioner(bank.Graph, weights, request.Pool, request.RetainCount, request.Loss, 1);

        void Work()
        {
            using var inner = NewDisposeScope();
            DeletionPath.Solve(bank.Graph, weights, request, preconditioner, [1, 2], new(3, 2, 0, 5, 16), 5, CancellationToken.None);
        }

        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    private static Tensor Theta(NetworkGraph graph, Tensor[] weights, Tensor change)
    {
        var moved = new ParameterVector(graph).Moved(weights, change);
        return cat([moved[0].t(), moved[1].unsqueeze(0)]).to_type(ScalarType.Float64);
    }

    private static double Distance(Tensor a, Tensor b) => a.sub(b).pow(Held(2)).sum().sqrt().item<double>();
}
