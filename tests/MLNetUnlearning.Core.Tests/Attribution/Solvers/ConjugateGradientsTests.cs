using MLNetUnlearning.Attribution.Solvers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

[TestClass]
public sealed class ConjugateGradientsTests
{
    private const int Size = 30;

    /// <summary>Condition number below 100, so that float32 leaves an error below 1e-4.</summary>
    [TestMethod]
    public void Solve_ManyIterations_EqualsADirectSolve()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        var expected = linalg.solve(matrix, right.unsqueeze(1)).squeeze(1);

        var converged = Solve(matrix, right, iterations: 200, tolerance: 1e-6);
        var early = Solve(matrix, right, iterations: 4, tolerance: 1e-6);

        Assert.IsLessThan(1e-4, Error(expected, converged));
        Assert.IsGreaterThan(1e-2, Error(expected, early), "Negative control: four iterations cannot be enough.");
    }

    [TestMethod]
    public void Solve_Preconditioned_EqualsADirectSolve()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        var diagonal = matrix.diagonal().clone();

        var solution = ConjugateGradients.Solve(matrix.mv, right, residual => residual.div(diagonal), 200, 1e-6, CancellationToken.None);

        Assert.IsLessThan(1e-4, Error(linalg.solve(matrix, right.unsqueeze(1)).squeeze(1), solution));
    }

    [TestMethod]
    public void Solve_ExactInverseAsPreconditioner_NeedsOneIteration()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        var inverse = linalg.inv(matrix);
        int products = 0;

        var solution = ConjugateGradients.Solve(vector => Counted(matrix, vector, ref products), right, inverse.mv, 100, 1e-3, CancellationToken.None);

        Assert.AreEqual(1, products);
        Assert.IsLessThan(1e-4, Error(inverse.mv(right), solution));
    }

    [TestMethod]
    public void Solve_LooserTolerance_StopsEarlier()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        int loose = 0, tight = 0;

        ConjugateGradients.Solve(vector => Counted(matrix, vector, ref loose), right, residual => residual.clone(), 100, 0.1, CancellationToken.None);
        var solution = ConjugateGradients.Solve(vector => Counted(matrix, vector, ref tight), right, residual => residual.clone(), 100, 1e-3, CancellationToken.None);

        Assert.IsLessThan(tight, loose);
        Assert.IsLessThan(100, tight);
        Assert.IsLessThan(1.1e-3, right.sub(matrix.mv(solution)).norm().div(right.norm()).item<float>());
    }

    [TestMethod]
    public void Solve_NothingOnTheRight_GivesZero()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();

        var solution = Solve(matrix, zeros_like(right), iterations: 10, tolerance: 0);

        Closeness.Check(zeros(Size), solution, 0, "solution");
    }

    /// <summary>The recursive residual shrinks on past the rounding of the solution, until its square is below the smallest float.</summary>
    [TestMethod]
    public void Solve_LongAfterConvergence_StaysAtTheSolution()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        // With small eigenvalues the curvature along a direction vanishes before the residual does.
        matrix.mul_(Held(1e-6));

        var solution = Solve(matrix, right, iterations: 2000, tolerance: 0);

        Assert.IsLessThan(1e-4, Error(linalg.solve(matrix, right.unsqueeze(1)).squeeze(1), solution));
    }

    [TestMethod]
    public void Solve_NotANumberOnTheRight_IsNotHidden()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();

        Assert.IsTrue(Solve(matrix, right.mul(Held(float.NaN)), iterations: 3, tolerance: 1e-3).isnan().any().item<bool>());
    }

    [TestMethod]
    public void Solve_CancelledOnTheWay_StopsBeforeTheNextProduct()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();
        using var source = new CancellationTokenSource();
        int products = 0;
        Tensor Product(Tensor vector)
        {
            if (++products == 3)
            {
                source.Cancel();
            }

            return matrix.mv(vector);
        }

        Assert.ThrowsExactly<OperationCanceledException>(() => ConjugateGradients.Solve(Product, right, residual => residual.clone(), 100, 0, source.Token));
        Assert.AreEqual(3, products);
    }

    [TestMethod]
    public void Solve_Repeated_LeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        var (matrix, right) = Problem();

        Assert.AreEqual(0, LiveTensors.LeftBy(() => Solve(matrix, right, iterations: 10, tolerance: 0).Dispose(), times: 2));
    }

    /// <summary>A random symmetric positive definite matrix and a right-hand side.</summary>
    private static (Tensor Matrix, Tensor Right) Problem()
    {
        var generator = new Generator(3);
        var root = randn([Size, Size], generator: generator);
        return (root.t().mm(root).div(Held(Size)).add(eye(Size).mul(Held(0.1)), Held(1)), randn([Size], generator: generator));
    }

    private static Tensor Solve(Tensor matrix, Tensor right, int iterations, double tolerance) =>
        ConjugateGradients.Solve(matrix.mv, right, residual => residual.clone(), iterations, tolerance, CancellationToken.None);

    private static Tensor Counted(Tensor matrix, Tensor vector, ref int products)
    {
        products++;
        return matrix.mv(vector);
    }

    private static double Error(Tensor expected, Tensor actual) => expected.sub(actual).norm().div(expected.norm()).item<float>();
}
