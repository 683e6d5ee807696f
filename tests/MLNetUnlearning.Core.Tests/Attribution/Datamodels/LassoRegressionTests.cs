using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Datamodels;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Datamodels;

[TestClass]
public sealed class LassoRegressionTests
{
    /// <summary>Checked in float64 from the coefficients alone: |Dᵀr|/m at most λ, and λ with the coefficient's sign where it is not zero.</summary>
    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    public void Solve_FallingPenalties_MeetsTheOptimalityConditions(double share)
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(share: share, noise: 0.5, rows: 150);
        double[][] outputs = Outputs(planted, targets: 4);
        const double Tolerance = 1e-5;
        using var solver = new LassoSolver(planted.Masks, outputs, Tolerance);
        foreach (double level in new[] { 0.5, 0.1, 0.02 })
        {
            double[] penalties = Array.ConvertAll(solver.LargestPenalties, penalty => penalty * level);
            solver.Solve(penalties, new bool[outputs.Length], CancellationToken.None);
            for (int output = 0; output < outputs.Length; output++)
            {
                double violation = Violation(planted.Masks, outputs[output], Dense(solver.Weights[output], 150), penalties[output]);

                Assert.IsLessThan(2 * Tolerance * solver.LargestPenalties[output], violation, $"level {level}, output {output}");
            }
        }

        double[] half = Dense(solver.Weights[0], 150);
        Assert.IsGreaterThan(10, half.Count(weight => weight != 0), "The working set must matter, or the test shows nothing.");
        half[0] += 0.1;
        Assert.IsGreaterThan(2 * Tolerance * solver.LargestPenalties[0], Violation(planted.Masks, outputs[0], half, 0.02 * solver.LargestPenalties[0]), "Negative control: other coefficients must fail.");
    }

    /// <summary>Plain cyclic coordinate descent over all rows, on dense centred columns, for very long.</summary>
    [TestMethod]
    public void Solve_AgainstPlainCoordinateDescent_GivesTheSameCoefficients()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 80, share: 0.2, noise: 0.3, rows: 30);
        double[][] outputs = Outputs(planted, targets: 1);
        using var solver = new LassoSolver(planted.Masks, outputs, 1e-6);
        double[] penalties = Array.ConvertAll(solver.LargestPenalties, penalty => 0.1 * penalty);
        solver.Solve(penalties, new bool[outputs.Length], CancellationToken.None);
        for (int output = 0; output < outputs.Length; output++)
        {
            double[] expected = Plain(planted.Masks, outputs[output], penalties[output]), actual = Dense(solver.Weights[output], 30);
            for (int row = 0; row < 30; row++)
            {
                Assert.AreEqual(expected[row], actual[row], 1e-4, $"output {output}, row {row}");
            }
        }
    }

    /// <summary>A start far away, from another member set's solution, must not show in the result.</summary>
    [TestMethod]
    public void Solve_WarmOrColdStart_GivesTheSameCoefficients()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(noise: 0.5);
        double[][] outputs = Outputs(planted, targets: 2);
        using var cold = new LassoSolver(planted.Masks, outputs, 1e-6);
        using var warm = new LassoSolver(planted.Masks, outputs, 1e-6);
        double[] penalties = Array.ConvertAll(cold.LargestPenalties, penalty => 0.2 * penalty);
        cold.Solve(penalties, new bool[outputs.Length], CancellationToken.None);
        warm.StartFrom([.. outputs.Select(_ => new SparseWeights([1, 17, 30], [3, -2, 1]))]);
        warm.Solve(penalties, new bool[outputs.Length], CancellationToken.None);
        for (int output = 0; output < outputs.Length; output++)
        {
            double[] expected = Dense(cold.Weights[output], 40), actual = Dense(warm.Weights[output], 40);
            for (int row = 0; row < 40; row++)
            {
                Assert.AreEqual(expected[row], actual[row], 1e-4);
            }
        }
    }

    /// <summary>The penalty must be chosen by the held-out members' own outputs: chosen on shuffled ones, next to nothing is left.</summary>
    [TestMethod]
    public void Coefficients_FewRowsWithAnEffect_FindsThem()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 200, effective: 3, noise: 0.3, rows: 100);
        using var regression = new LassoRegression(planted.Masks, new RegressionDatamodelsOptions());
        var outputs = planted.Outputs(planted.Rows.Features.slice(0, 0, 1, 1));

        var found = regression.Coefficients(outputs, 3, CancellationToken.None);
        var shuffled = regression.Coefficients(outputs.roll(37, 0), 3, CancellationToken.None);

        for (int row = 0; row < 3; row++)
        {
            // Shrunk and noisy, but most of the effect.
            var truth = planted.Change(planted.Rows.Features.slice(0, 0, 1, 1), row).view(-1).to_type(ScalarType.Float64);
            Assert.IsLessThan(0.5, found[row].sub(truth).norm().div(truth.norm()).item<double>(), $"effect of row {row}");
        }

        double others = found.slice(0, 3, 100, 1).abs().mean().item<double>(), effective = found.slice(0, 0, 3, 1).abs().mean().item<double>();
        Assert.IsGreaterThan(20 * others, effective);
        Assert.IsLessThan(0.2 * effective, shuffled.slice(0, 0, 3, 1).abs().mean().item<double>(), "outputs of other members");
    }

    [TestMethod]
    public void HeldOut_Members_AreAShareOfAllAndFixedByTheSeed()
    {
        using var planted = new PlantedDatamodel(members: 96, fullMembers: 4);
        int[] HeldOut(ulong seed)
        {
            using var regression = new LassoRegression(planted.Masks, new RegressionDatamodelsOptions { Seed = seed });
            return [.. regression.HeldOut];
        }

        Assert.HasCount(20, HeldOut(0));
        CollectionAssert.AreEqual(HeldOut(0), HeldOut(0));
        CollectionAssert.AreNotEqual(HeldOut(0), HeldOut(1));
    }

    private static double[][] Outputs(PlantedDatamodel planted, int targets)
    {
        var columns = planted.Outputs(planted.Rows.Features.slice(0, 0, targets, 1)).t().contiguous();
        return [.. Enumerable.Range(0, (int)columns.shape[0]).Select(output => columns[output].data<double>().ToArray())];
    }

    private static double[] Dense(SparseWeights weights, int rows)
    {
        var dense = new double[rows];
        for (int i = 0; i < weights.Rows.Length; i++)
        {
            dense[weights.Rows[i]] = weights.Values[i];
        }

        return dense;
    }

    private static double[][] Columns(MemberMasks masks) =>
        [.. Enumerable.Range(0, masks.Rows).Select(row =>
        {
            double mean = (double)masks.Lacking(row).Length / masks.Members;
            return Enumerable.Range(0, masks.Members).Select(member => (masks.Lacks(member, row) ? 1 : 0) - mean).ToArray();
        })];

    private static double[] Residual(double[][] columns, double[] output, double[] weights)
    {
        double mean = output.Average();
        return [.. output.Select((value, member) => value - mean - weights.Select((weight, row) => weight * columns[row][member]).Sum())];
    }

    private static double Violation(MemberMasks masks, double[] output, double[] weights, double penalty)
    {
        double[][] columns = Columns(masks);
        double[] residual = Residual(columns, output, weights);
        return columns.Select((column, row) =>
        {
            double gradient = column.Zip(residual, (a, b) => a * b).Sum() / residual.Length;
            return weights[row] == 0 ? Math.Abs(gradient) - penalty : Math.Abs(gradient - Math.Sign(weights[row]) * penalty);
        }).Max();
    }

    private static double[] Plain(MemberMasks masks, double[] output, double penalty)
    {
        double[][] columns = Columns(masks);
        var weights = new double[columns.Length];
        double[] residual = Residual(columns, output, weights);
        for (int sweep = 0; sweep < 600; sweep++)
        {
            for (int row = 0; row < weights.Length; row++)
            {
                double norm = columns[row].Sum(value => value * value) / residual.Length;
                double goal = columns[row].Zip(residual, (a, b) => a * b).Sum() / residual.Length + norm * weights[row];
                double weight = Math.Sign(goal) * Math.Max(Math.Abs(goal) - penalty, 0) / norm;
                for (int member = 0; member < residual.Length; member++)
                {
                    residual[member] -= (weight - weights[row]) * columns[row][member];
                }

                weights[row] = weight;
            }
        }

        return weights;
    }
}
