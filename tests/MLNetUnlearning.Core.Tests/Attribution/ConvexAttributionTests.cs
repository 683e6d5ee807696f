using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Predicted against true retraining where the truth is known exactly. Errors are norms of differences over the norm of the true change.</summary>
[TestClass]
public sealed class ConvexAttributionTests
{
    /// <summary>The step is exact for ridge regression; 3e-6 is what float32 weights, gradients and curvature leave.</summary>
    [TestMethod]
    public void Predict_RidgeRegression_IsExact()
    {
        using var scope = NewDisposeScope();
        var problem = Ridge();
        int[] forget = [.. Enumerable.Range(10, 15)];
        var theta = problem.Solve();
        var truth = problem.Inputs.mm(problem.Solve(forget).sub(theta));

        double error = Error(truth, Predict(problem, theta, forget));

        Assert.IsLessThan(3e-6, error, $"relative error {error:g3}");
    }

    /// <summary>Negative control: with the forget rows left in the curvature the change of a group comes out far too small.</summary>
    [TestMethod]
    public void AdditiveInfluence_RidgeRegression_Misses()
    {
        using var scope = NewDisposeScope();
        var problem = Ridge();
        int[] forget = [.. Enumerable.Range(10, 15)];
        var theta = problem.Solve();
        var truth = problem.Inputs.mm(problem.Solve(forget).sub(theta));
        var additive = problem.AdditiveInfluence(theta, forget);

        double error = Error(truth, additive);

        Assert.IsGreaterThan(0.1, error, $"relative error {error:g3}");
        Assert.IsLessThan(0.9 * truth.norm().item<double>(), additive.norm().item<double>(), "Additive influence falls short.");
    }

    /// <summary>Softmax regression is not quadratic, so one step leaves an error of second order in the size of the group.</summary>
    [TestMethod]
    public void Predict_SoftmaxRegression_IsWithinFivePercent()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(200);
        var problem = new ConvexProblem(rows, TrainingLoss.CrossEntropy, 5e-3);
        int[] forget = [3, 50, 77, 121, 160];
        int[] others = [4, 51, 78, 122, 161];
        var theta = problem.Solve();
        var truth = problem.Inputs.mm(problem.Solve(forget).sub(theta));

        double error = Error(truth, Predict(problem, theta, forget)), control = Error(truth, Predict(problem, theta, others));

        Assert.IsLessThan(0.05, error, $"relative error {error:g3}");
        Assert.IsGreaterThan(0.5, control, $"relative error with the ids of other rows {control:g3}");
    }

    /// <summary>
    /// The bar for a converged softmax regression: 1e-2. One step reaches it for groups that are small beside the rows and the ridge, here up to 10 of 600 rows; larger ones need the
    /// further steps of <see cref="LeverageExact"/>. The control of a gate this narrow is additive influence, which differs only by the group's own curvature.
    /// </summary>
    [TestMethod]
    public void Predict_SoftmaxRegressionSmallGroup_IsWithinOnePercent()
    {
        using var scope = NewDisposeScope();
        // Networks this small gain nothing from more threads, and waiting threads steal time from other tests.
        set_num_threads(1);
        using var rows = Digits.Train(600);
        var problem = new ConvexProblem(rows, TrainingLoss.CrossEntropy, 5e-2);
        int[] forget = [.. Enumerable.Range(0, 10).Select(i => 3 + 41 * i)];
        var theta = problem.Solve();
        var truth = problem.Inputs.mm(problem.Solve(forget).sub(theta));

        double error = Error(truth, Predict(problem, theta, forget));

        Assert.IsLessThan(1e-2, error, $"relative error {error:g3}");
        Assert.IsGreaterThan(1e-2, Error(truth, problem.AdditiveInfluence(theta, forget)));
    }

    private static ConvexProblem Ridge()
    {
        var generator = new Generator(31);
        const int Count = 60, Features = 8, Classes = 3;
        var features = randn([Count, Features], generator: generator);
        var labels = features.mm(randn([Features, Classes], generator: generator)).add(randn([Count, Classes], generator: generator), Held(1)).argmax(1);
        var rows = LabeledRows.Create(features.data<float>().ToArray(), Features, [.. labels.data<long>().Select(label => (int)label)], [.. Enumerable.Range(0, Count).Select(i => 7L * i)], Classes);
        return new ConvexProblem(rows, TrainingLoss.SquaredError, 1e-2);
    }

    private static Tensor Predict(ConvexProblem problem, Tensor theta, int[] forget)
    {
        using var bank = Banks.OfAffine(theta);
        // Damping is a multiple of the training's own ridge: here it is that ridge, split otherwise between the two settings.
        var influence = new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { ProjectionSize = 100, Damping = 2, WeightDecay = problem.WeightDecay / 2, Loss = problem.Loss });
        using var fitted = influence.Fit(bank, problem.Rows);
        var request = new AttributionRequest { Rows = problem.Rows, ForgetRowIds = [.. forget.Select(row => problem.Rows.RowIds[row])], Targets = problem.Rows.Features };
        return fitted.Predict(request).Values.alias();
    }

    private static double Error(Tensor truth, Tensor predicted) => predicted.to_type(ScalarType.Float64).sub(truth).norm().div(truth.norm()).item<double>();
}
