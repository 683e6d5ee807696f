using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Updating the inverse for the forget rows against factorising the matrix without them.</summary>
[TestClass]
public sealed class GaussNewtonSolveTests
{
    /// <summary>
    /// Tolerance 1e-4 of the largest entry: both start from the same float32 gradients, the update sums them in float32. Deleting other rows moves the step by far more.
    /// </summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(5)]
    [DataRow(40)]
    public void Solve_WithInverse_EqualsFactorisingAnew(int count)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var problem = new Problem();

        var updated = problem.Solve(count, problem.Inverse);

        var rebuilt = problem.Solve(count, null);
        double scale = rebuilt.abs().max().item<float>();
        Closeness.Check(rebuilt, updated, 1e-4 * scale, "step");
        Assert.IsGreaterThan(1e-2 * scale, problem.Solve(count, null, first: 50).sub(rebuilt).abs().max().item<float>());
    }

    /// <summary>Negative control: leaving the forget rows in the matrix must not pass for the update.</summary>
    [TestMethod]
    public void Solve_WithInverse_IsNotTheStepOfTheFullMatrix()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var problem = new Problem();

        var updated = problem.Solve(40, problem.Inverse);

        var gradient = problem.Kernel.to_type(ScalarType.Float64).mm(problem.Inverse).mv(problem.Solve(40, null).to_type(ScalarType.Float64));
        var rebuilt = problem.Solve(40, null);
        Assert.IsGreaterThan(1e-3 * rebuilt.abs().max().item<float>(), gradient.to_type(ScalarType.Float32).sub(updated).abs().max().item<float>());
    }

    /// <summary>An inverse that is of no use must not decide the step: the residual shows it, and the matrix is factorised.</summary>
    [TestMethod]
    public void Solve_UpdateFails_FactorisesAnew()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var problem = new Problem();
        var wrong = full_like(problem.Inverse, Held(double.NaN));

        Closeness.Check(problem.Solve(5, null), problem.Solve(5, wrong), 0, "step");
    }

    private sealed class Problem : IDisposable
    {
        private const int Rows = 120;

        private readonly LabeledRows rows = Digits.Train(Rows);
        private readonly ModelBank bank;
        private readonly GaussNewtonEnsemble ensemble;
        private readonly double ridge;

        public Problem()
        {
            bank = Banks.Trained(rows, fullMembers: 1, epochs: 3, 12);
            var options = new GaussNewtonInfluenceOptions { ProjectionSize = 6 };
            ensemble = GaussNewtonEnsemble.Create(bank, options);
            ridge = options.Ridge(Rows);
            Kernel = ensemble.Curvature(0, rows.Features, default);
            Inverse = GaussNewtonSolve.Inverse(Kernel, ridge);
        }

        public Tensor Kernel { get; }

        public Tensor Inverse { get; }

        public Tensor Solve(int count, Tensor? inverse, int first = 0)
        {
            var roots = new List<Tensor>();
            var gradient = zeros(ensemble.FeatureSize);
            using var map = ensemble.Features(0);
            ensemble.VisitFactored(0, map, rows.Features.slice(0, first, first + count, 1), (start, gradients) =>
            {
                roots.Add(ensemble.Root(map, gradients).flatten(0, 1).MoveToOuterDisposeScope());
                gradient.add_(ensemble.LossGradient(map, gradients, rows.Labels.slice(0, first + start, first + start + gradients.Rows, 1)).sum([0]), Held(1));
            }, default);
            return GaussNewtonSolve.Solve(new GaussNewtonModel(Kernel, inverse, null), roots, gradient, ridge, default);
        }

        public void Dispose()
        {
            bank.Dispose();
            rows.Dispose();
        }
    }
}
