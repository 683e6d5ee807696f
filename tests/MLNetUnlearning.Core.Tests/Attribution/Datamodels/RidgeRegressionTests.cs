using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Datamodels;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Datamodels;

[TestClass]
public sealed class RidgeRegressionTests
{
    /// <summary>Against the primal normal equations with an unpenalised intercept as one more column.</summary>
    [TestMethod]
    public void Coefficients_OneRidge_SolveTheNormalEquations()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 30, noise: 0.5);
        using var regression = RidgeRegression.Fit(planted.Masks, new RegressionDatamodelsOptions { Ridges = [0.3] }, () => throw new InvalidOperationException());
        var outputs = planted.Outputs(planted.Rows.Features.slice(0, 0, 2, 1));

        var coefficients = regression.Coefficients(outputs, 3, CancellationToken.None);

        var expected = Solve(planted.Masks.Matrix.to_type(ScalarType.Float64), outputs, regression.Ridges[0]).slice(0, 0, 40, 1);
        Assert.IsLessThan(1e-9, expected.sub(coefficients).abs().max().item<double>());
        Assert.IsLessThan(1e-9, regression.Sum(outputs, 3, [3, 8], CancellationToken.None).sub(expected[3].add(expected[8], Held(1))).abs().max().item<double>());
    }

    /// <summary>The closed form of the left-out errors must choose as refitting without each member does.</summary>
    [TestMethod]
    public void Coefficients_ManyRidges_ChoosesAsLeavingOutEachMemberDoes()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 16, effective: 25, noise: 1);
        var outputs = planted.Outputs(planted.Rows.Features.slice(0, 0, 6, 1));
        var masks = planted.Masks.Matrix.to_type(ScalarType.Float64);
        using var regression = RidgeRegression.Fit(planted.Masks, new() { Ridges = [0.03, 0.1, 0.3, 1] }, () => throw new InvalidOperationException());
        double[] ridges = [.. regression.Ridges];
        var coefficients = regression.Coefficients(outputs, 3, CancellationToken.None);
        var chosen = new HashSet<int>();
        for (int target = 0; target < 6; target++)
        {
            var own = outputs.slice(1, 3 * target, 3 * target + 3, 1);
            int best = Enumerable.Range(0, ridges.Length).MinBy(i => LeftOutError(masks, own, ridges[i]));
            var expected = Solve(masks, own, ridges[best]).slice(0, 0, 40, 1);

            Assert.IsLessThan(1e-8, expected.sub(coefficients.slice(1, 3 * target, 3 * target + 3, 1)).abs().max().item<double>(), $"target {target}");
            chosen.Add(best);
        }

        Assert.IsGreaterThan(1, chosen.Count, "Targets must choose differently, or the test shows nothing.");
    }

    [TestMethod]
    public void Fit_SharedRidge_IsTheBestOverTheWholeSample()
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 16, effective: 25, noise: 1);
        var outputs = planted.Outputs(planted.Rows.Features.slice(0, 0, 8, 1));
        var masks = planted.Masks.Matrix.to_type(ScalarType.Float64);
        using var perTarget = RidgeRegression.Fit(planted.Masks, new() { Ridges = [0.1, 0.3, 1, 3] }, () => throw new InvalidOperationException());
        using var shared = RidgeRegression.Fit(planted.Masks, new() { Ridges = [0.1, 0.3, 1, 3], RidgePerTarget = false }, () => outputs);

        Assert.HasCount(1, shared.Ridges);
        Assert.AreEqual(perTarget.Ridges.MinBy(ridge => LeftOutError(masks, outputs, ridge)), shared.Ridges[0]);
    }

    /// <summary>[rows + 1, outputs]; the intercept last.</summary>
    private static Tensor Solve(Tensor masks, Tensor outputs, double ridge)
    {
        var design = cat([masks, ones(masks.shape[0], 1, dtype: ScalarType.Float64)], 1);
        var normal = design.t().mm(design);
        normal.diagonal().slice(0, 0, masks.shape[1], 1).add_(Held(ridge), Held(1));
        return linalg.solve(normal, design.t().mm(outputs));
    }

    private static double LeftOutError(Tensor masks, Tensor outputs, double ridge)
    {
        double sum = 0;
        for (long member = 0; member < masks.shape[0]; member++)
        {
            using var scope = NewDisposeScope();
            var others = tensor(Enumerable.Range(0, (int)masks.shape[0]).Where(other => other != member).Select(other => (long)other).ToArray());
            var fitted = Solve(masks.index_select(0, others), outputs.index_select(0, others), ridge);
            sum += cat([masks[member], ones(1, dtype: ScalarType.Float64)]).matmul(fitted).sub(outputs[member]).pow(Held(2)).sum().item<double>();
        }

        return sum;
    }
}
