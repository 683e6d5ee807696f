using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Ridge regression with more features than rows, min ½‖Xθ − Y‖² + ½λ‖θ‖² with one-hot Y, where everything is known: how far each way of unlearning has come after every step of
/// full-batch descent. Float64 throughout; λ stays as it is when rows leave.
/// </summary>
/// <remarks>Features are N(0, 64/d): large beside the constant one that stands for the bias, whose direction would otherwise set the step for all others.</remarks>
internal sealed class ConvexSimulation : IDisposable
{
    private const double Scale = 8;

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly LabeledRows rows;
    private readonly int[] forget;
    private readonly double ridge;
    private readonly Tensor inputs, targets, original, retrained, forgotten, kept;
    private readonly double largest, smallest;

    /// <param name="ridge">λ as a multiple of the squared scale of the features, above 0.</param>
    /// <param name="seed">Fixes features and labels.</param>
    public ConvexSimulation(double ridge, ulong seed)
    {
        const int count = 60, features = 120, classes = 3, leaving = 6;
        this.ridge = ridge * Scale * Scale;
        using var generator = new Generator(StableRandom.Mix(seed, StableRandom.InitialWeights));
        var x = randn([count, features], generator: generator).mul(Held(Scale / Math.Sqrt(features)));
        var labels = x.mm(randn([features, classes], generator: generator)).div(Held(Scale)).add(randn([count, classes], generator: generator).mul(Held(0.5)), Held(1)).argmax(1);
        rows = LabeledRows.Create([.. x.contiguous().data<float>()], features, [.. labels.data<long>().Select(label => (int)label)], [.. Enumerable.Range(0, count).Select(i => (long)i)], classes);
        forget = [.. Enumerable.Range(0, leaving)];
        inputs = cat([rows.Features.to_type(ScalarType.Float64), ones(count, 1, dtype: ScalarType.Float64)], 1);
        targets = nn.functional.one_hot(rows.Labels, classes).to_type(ScalarType.Float64);
        forgotten = inputs.slice(0, 0, leaving, 1);
        kept = inputs.slice(0, leaving, count, 1);
        original = Optimum(inputs, targets);
        retrained = Optimum(kept, targets.slice(0, leaving, count, 1));
        var squares = linalg.svdvals(inputs).pow(Held(2));
        (largest, smallest) = (squares.max().item<double>(), squares.min().item<double>());
    }

    /// <summary>Factor by which descent on the retain rows shortens, at every step, what retraining changes outside the span of the retain rows: the ridge alone sets it.</summary>
    public double DescentFactor => 1 - (ridge / (largest + ridge));

    /// <summary>Factor by which matching all rows shortens the slowest part of the way at every step: the rows alone set it.</summary>
    public double MatchingFactor => 1 - (smallest / largest);

    /// <summary>Descent on the loss of the retain rows.</summary>
    public double[] Descent(int steps) => Walk(steps, theta => theta.sub(RetainGradient(theta).div(Held(largest + ridge))));

    /// <summary>Ascent on the loss of the forget rows.</summary>
    public double[] Ascent(int steps) => Walk(steps, theta => theta.add(ForgetGradient(theta).div(Held(largest + ridge)), Held(1)));

    /// <summary>A step of ascent on the forget rows and one of descent on the retain rows in turn.</summary>
    public double[] AscentDescent(int steps)
    {
        double rate = 1 / (largest + ridge);
        return Walk(steps, theta =>
        {
            var up = theta.add(ForgetGradient(theta).mul(Held(rate)), Held(1));
            return up.sub(RetainGradient(up).mul(Held(rate)));
        });
    }

    /// <summary>Descent on the squared difference to the retrained model's outputs on all rows.</summary>
    public double[] OracleMatching(int steps) => Match(inputs.mm(retrained), steps);

    /// <summary>The same on the forget rows and some others: what these rows do not span stays as it was.</summary>
    /// <param name="steps">Number of steps.</param>
    /// <param name="retained">Retain rows, from the first on.</param>
    public double[] OracleMatching(int steps, int retained)
    {
        var some = inputs.slice(0, 0, forget.Length + retained, 1);
        var goal = some.mm(retrained);
        return Walk(steps, theta => theta.sub(some.t().mm(some.mm(theta).sub(goal)).div(Held(largest))));
    }

    /// <summary>The part of the squared distance to the retrained parameters that the forget rows and some others do not span, as a multiple of all of it.</summary>
    /// <param name="retained">Retain rows, from the first on.</param>
    public double OutsideSpan(int retained)
    {
        var some = inputs.slice(0, 0, forget.Length + retained, 1);
        var away = original.sub(retrained);
        var within = some.t().mm(linalg.solve(some.mm(some.t()), some.mm(away)));
        return away.sub(within).pow(Held(2)).sum().item<double>() / away.pow(Held(2)).sum().item<double>();
    }

    /// <summary>Descent on the squared difference to the original model's outputs plus a predicted change, on all rows.</summary>
    /// <param name="change">[rows, classes].</param>
    /// <param name="steps">Number of steps.</param>
    public double[] DatamodelMatching(Tensor change, int steps) => Match(inputs.mm(original).add(change, Held(1)), steps);

    /// <summary>Squared error of the predicted outputs, as a multiple of the squared change that retraining makes.</summary>
    /// <param name="change">[rows, classes].</param>
    public double TargetError(Tensor change)
    {
        var truth = inputs.mm(retrained.sub(original));
        return truth.sub(change).pow(Held(2)).sum().item<double>() / truth.pow(Held(2)).sum().item<double>();
    }

    /// <summary>Squared distance to the retrained model's outputs on all rows after descent towards predicted outputs, as a multiple of that at the start.</summary>
    /// <param name="change">[rows, classes].</param>
    /// <param name="steps">Number of steps.</param>
    public double OutputError(Tensor change, int steps)
    {
        var goal = inputs.mm(original).add(change, Held(1));
        var theta = original;
        for (int step = 0; step < steps; step++)
        {
            theta = theta.sub(inputs.t().mm(inputs.mm(theta).sub(goal)).div(Held(largest)));
        }

        var truth = inputs.mm(retrained);
        return inputs.mm(theta).sub(truth).pow(Held(2)).sum().item<double>() / inputs.mm(original).sub(truth).pow(Held(2)).sum().item<double>();
    }

    /// <summary>The change that <see cref="LeverageExact"/> predicts for the group, [rows, classes].</summary>
    public Tensor GroupExact()
    {
        var options = new LeverageExactOptions { WeightDecay = ridge / rows.Count, KeepRidge = true };
        using var bank = ModelBank.Train(new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 1 }), rows, new ModelBankOptions { FullMembers = 1, Members = 0 }, 1, seed: 1);
        using var fitted = new LeverageExact(options).Fit(bank, rows);
        using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [.. forget.Select(row => rows.RowIds[row])], Targets = rows.Features });
        return change.Values.to_type(ScalarType.Float64);
    }

    /// <summary>Exact changes of leaving out each row on its own, added up, [rows, classes].</summary>
    public Tensor AdditiveLeaveOneOut() => Additive(leverage => 1 / (1 - leverage));

    /// <summary>First-order influences added up, without the leverage correction, [rows, classes].</summary>
    public Tensor AdditiveInfluence() => Additive(_ => 1);

    public void Dispose()
    {
        rows.Dispose();
        scope.Dispose();
    }

    private Tensor Additive(Func<double, double> correction)
    {
        var gram = inputs.mm(inputs.t());
        var hat = gram.mm(linalg.inv(gram.add(eye(rows.Count, dtype: ScalarType.Float64).mul(Held(ridge)), Held(1))));
        var residual = targets.sub(inputs.mm(original));
        var change = zeros_like(targets);
        foreach (int row in forget)
        {
            change.sub_(hat.slice(1, row, row + 1, 1).mm(residual.slice(0, row, row + 1, 1)).mul(Held(correction(hat[row, row].item<double>()))));
        }

        return change;
    }

    private Tensor Optimum(Tensor x, Tensor y) => linalg.solve(x.t().mm(x).add(eye(x.shape[1], dtype: ScalarType.Float64).mul(Held(ridge)), Held(1)), x.t().mm(y));

    private Tensor RetainGradient(Tensor theta) => kept.t().mm(kept.mm(theta).sub(targets.slice(0, forget.Length, rows.Count, 1))).add(theta.mul(Held(ridge)), Held(1));

    private Tensor ForgetGradient(Tensor theta) => forgotten.t().mm(forgotten.mm(theta).sub(targets.slice(0, 0, forget.Length, 1)));

    private double[] Match(Tensor goal, int steps) => Walk(steps, theta => theta.sub(inputs.t().mm(inputs.mm(theta).sub(goal)).div(Held(largest))));

    /// <summary>Squared distance to the retrained parameters before and after every step, as a multiple of that at the start.</summary>
    private double[] Walk(int steps, Func<Tensor, Tensor> step)
    {
        var distances = new double[steps + 1];
        // A worker has one thread: products as small as these lose most of their speed over several.
        Workers.Run(1, 1, _ =>
        {
            var theta = original;
            double start = Distance(theta);
            distances[0] = 1;
            for (int i = 1; i <= steps; i++)
            {
                theta = step(theta);
                distances[i] = Distance(theta) / start;
            }
        });
        return distances;
    }

    private double Distance(Tensor theta) => theta.sub(retrained).pow(Held(2)).sum().item<double>();
}
