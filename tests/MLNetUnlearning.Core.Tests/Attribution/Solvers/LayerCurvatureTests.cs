using MLNetUnlearning.Attribution.Solvers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

/// <summary>One layer's factored curvature against its definition, matrix by matrix in float64.</summary>
[TestClass]
public sealed class LayerCurvatureTests
{
    private const int Rows = 20, Inputs = 4, Outputs = 3, Stands = 70;

    /// <summary>
    /// The inverse has to shrink the outer product of two eigenvectors by the second moment of what the rows' gradients hold of it. 1e-4 is what float32 eigenvectors leave.
    /// </summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Solve_OuterProductOfEigenvectors_IsShrunkByItsSecondMoment(int positions)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(6);
        Tensor inputs = randn([Rows, positions, Inputs], generator: generator), gradients = randn([Rows, positions, Outputs], generator: generator);
        using var curvature = new LayerCurvature(inputs, gradients, Stands);

        Tensor inputBasis = Eigenvectors(inputs), outputBasis = Eigenvectors(gradients);
        for (int i = 0; i < Outputs; i++)
        {
            for (int j = 0; j < Inputs; j++)
            {
                var direction = outer(outputBasis.select(1, i), inputBasis.select(1, j));
                double moment = Enumerable.Range(0, Rows).Average(row => Math.Pow(gradients[row].t().mm(inputs[row]).to_type(ScalarType.Float64).mul(direction).sum().item<double>(), 2));
                var expected = direction.div(Held(Stands * moment + 0.7)).to_type(ScalarType.Float32);

                Closeness.Check(expected, curvature.Solve(direction.to_type(ScalarType.Float32), 0.7), 1e-4 * expected.abs().max().item<float>() + 1e-6, $"{i}, {j}");
            }
        }
    }

    /// <summary>Where every gradient meets every input the curvature is a Kronecker product, and the inverse exact.</summary>
    [TestMethod]
    public void Solve_IndependentInputsAndGradients_EqualsTheExactInverse()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(6);
        Tensor a = randn([6, Inputs], generator: generator), g = randn([5, Outputs], generator: generator), right = randn([Outputs, Inputs], generator: generator);
        using var curvature = new LayerCurvature(a.repeat(5, 1).unsqueeze(1), g.repeat_interleave(6, 0).unsqueeze(1), Stands);

        var solution = curvature.Solve(right, 0.7);

        var matrix = kron(g.t().mm(g).div(Held(5)), a.t().mm(a).div(Held(6))).mul(Held(Stands)).add(eye(Inputs * Outputs).mul(Held(0.7)), Held(1));
        var expected = linalg.solve(matrix, right.flatten().unsqueeze(1)).view(Outputs, Inputs);
        Closeness.Check(expected, solution, 1e-4 * expected.abs().max().item<float>(), "solution");
    }

    /// <summary>Rows are taken a piece at a time where all of them together would need too much memory.</summary>
    [TestMethod]
    public void Constructor_MoreThanOnePiece_EqualsOnePiece()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(6);
        Tensor inputs = randn([Rows, 2, Inputs], generator: generator), gradients = randn([Rows, 2, Outputs], generator: generator), right = randn([Outputs, Inputs], generator: generator);
        using var whole = new LayerCurvature(inputs, gradients, Stands);
        using var pieces = new LayerCurvature(inputs, gradients, Stands, maxElements: 3 * Inputs * Outputs);
        using var rowByRow = new LayerCurvature(inputs, gradients, Stands, maxElements: 1);

        var expected = whole.Solve(right, 0.7);
        Closeness.Check(expected, pieces.Solve(right, 0.7), 1e-5 * expected.abs().max().item<float>(), "three rows a piece");
        Closeness.Check(expected, rowByRow.Solve(right, 0.7), 1e-5 * expected.abs().max().item<float>(), "one row a piece");
    }

    /// <summary>
    /// Of many inputs only the leading directions are told apart. Where the inputs have no others that is exact: a direction among them is shrunk by its own second moment, one across all of them by the ridge alone.
    /// 1e-6 is float32's rounding of the right-hand side over the ridge, which is corrected to what it has to be.
    /// </summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Solve_ManyInputsOfFewDirections_IsExactThere(int positions)
    {
        using var scope = NewDisposeScope();
        const int Many = 300, Few = 5;
        var generator = new Generator(6);
        var directions = linalg.qr(randn([Many, Few + 1], generator: generator)).Q;
        var inputs = randn([60, positions, Few], generator: generator).mul(tensor(new float[] { 5, 4, 3, 2, 1 })).matmul(directions.slice(1, 0, Few, 1).t());
        var gradients = randn([60, positions, Outputs], generator: generator);
        using var curvature = new LayerCurvature(inputs, gradients, Stands);

        var outputBasis = Eigenvectors(gradients).select(1, 1);
        var inputBasis = Eigenvectors(inputs);
        foreach (var (input, moves) in new[] { (inputBasis.select(1, Many - 1), true), (inputBasis.select(1, Many - Few), true), (directions.select(1, Few).to_type(ScalarType.Float64), false) })
        {
            var direction = outer(outputBasis, input);
            double moment = Enumerable.Range(0, 60).Average(row => Math.Pow(gradients[row].t().mm(inputs[row]).to_type(ScalarType.Float64).mul(direction).sum().item<double>(), 2));
            var expected = direction.div(Held(Stands * moment + 0.7)).to_type(ScalarType.Float32);

            Closeness.Check(expected, curvature.Solve(direction.to_type(ScalarType.Float32), 0.7), 1e-6, $"moment {moment}");
            Assert.AreEqual(moves, moment > 1e-6);
        }

        CollectionAssert.AreEqual(
            LayerCurvature.Shapes(Outputs, Many).SelectMany(shape => shape.Sizes).ToArray(), curvature.State.SelectMany(tensor => tensor.shape).ToArray(), "what is stored has the shapes that are read");
    }

    /// <summary>What is in no leading direction is shrunk by the mean of the rest: the trace stays that of the rows.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Solve_ManyInputsOfManyDirections_KeepsTheTrace(int positions)
    {
        using var scope = NewDisposeScope();
        const int Many = 250;
        var generator = new Generator(6);
        Tensor inputs = randn([40, positions, Many], generator: generator), gradients = randn([40, positions, Outputs], generator: generator);
        using var curvature = new LayerCurvature(inputs, gradients, Stands);

        // With a large ridge the inverse is (I - curvature / ridge) / ridge; its trace is read off one unit matrix at a time.
        const double ridge = 1e6;
        double trace = Enumerable.Range(0, Outputs * Many).Sum(i =>
        {
            using var inner = NewDisposeScope();
            var unit = zeros(Outputs, Many);
            unit[i / Many][i % Many] = 1;
            return 1 - (curvature.Solve(unit, ridge)[i / Many][i % Many].item<float>() * ridge);
        }) * ridge;

        double expected = Stands * Enumerable.Range(0, 40).Average(row => gradients[row].t().mm(inputs[row]).pow(Held(2)).sum().item<float>());
        Assert.AreEqual(expected, trace, 0.05 * expected);
    }

    [TestMethod]
    public void Solve_Repeated_LeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        Tensor inputs = ones(Rows, 2, Inputs), gradients = ones(Rows, 2, Outputs), right = ones(Outputs, Inputs);
        void Work()
        {
            using var curvature = new LayerCurvature(inputs, gradients, Stands);
            curvature.Solve(right, 0.7).Dispose();
        }

        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    private static Tensor Eigenvectors(Tensor vectors)
    {
        var flat = vectors.flatten(0, 1).to_type(ScalarType.Float64);
        return linalg.eigh(flat.t().mm(flat)).Item2;
    }
}
