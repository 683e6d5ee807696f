using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>One data set, network, bank and list of requests of the targets benchmark.</summary>
internal sealed class TargetsSetting
{
    public required string Name { get; init; }

    public required LabeledRows Train { get; init; }

    public required LabeledRows Test { get; init; }

    public required NetworkGraph Graph { get; init; }

    public required TrainerOptions Training { get; init; }

    public required ModelBankOptions Bank { get; init; }

    /// <summary>The same bank, with its weights kept at other points of the training.</summary>
    public ModelBankOptions BankWith(IReadOnlyList<double> checkpoints) =>
        new() { FullMembers = Bank.FullMembers, Members = Bank.Members, DeletedShare = Bank.DeletedShare, Checkpoints = checkpoints };

    /// <summary>Pairs of oracle and full model behind each true change.</summary>
    public required int TruthModels { get; init; }

    public required ulong Seed { get; init; }

    public required IReadOnlyList<IAttributorOptions> Estimators { get; init; }

    /// <summary>Numbers of members over which a calibrated step is averaged.</summary>
    public required IReadOnlyList<int> StepMembers { get; init; }

    /// <summary>The step in stages, but for its damping and shrinkage, which are calibrated.</summary>
    public GaussNewtonStepOptions Path { get; init; } = new() { Stages = 4 };

    public required Func<IEnumerable<(string Name, IReadOnlyList<long> Forget)>> Requests { get; init; }

    /// <summary>Digits: 1,437 rows, MLP 64-64-64-10, 15 epochs.</summary>
    /// <param name="quick">Fewer models and requests.</param>
    /// <param name="rate">Peak learning rate.</param>
    /// <param name="bankMembers">Members that lack rows; null for the setting's own number.</param>
    public static TargetsSetting Digits(bool quick, double rate = 0.05, int? bankMembers = null)
    {
        var (train, test) = DigitsData.Load();
        int few = quick ? 1 : 8;
        return new TargetsSetting
        {
            Name = $"digits, rate {rate}",
            Train = train,
            Test = test,
            Graph = NetworkSpec.Mlp(64, 64).CreateGraph(64, 10),
            Training = new TrainerOptions { LearningRate = rate },
            Bank = new ModelBankOptions { FullMembers = quick ? 6 : 20, Members = bankMembers ?? (quick ? 40 : 600) },
            TruthModels = quick ? 20 : 100,
            Seed = 1,
            Estimators =
            [
                new UnrolledInfluenceOptions(),
                new GaussNewtonInfluenceOptions(),
                new DeletionGaussianProcessOptions(),
                UnrolledProcess(),
                new RegressionDatamodelsOptions(),
                new RegressionDatamodelsOptions { Estimator = DatamodelEstimator.EmpiricalInfluence },
            ],
            StepMembers = quick ? [3] : [5, 10],
            Path = new() { Stages = 16, Iterations = 12, CurvatureRows = 300 },
            Requests = () =>
            [
                .. Enumerable.Range(1, few).Select(seed => ($"random-100 ({seed})", ForgetSets.Random(train, 100, (ulong)seed))),
                .. new[] { 8, 0, 1, 3, 4, 6, 7, 9 }.Take(few).Select(label => ($"clustered-50 (class {label})", ForgetSets.Clustered(train, label, 50))),
                .. new[] { 1, -2, 3, -3, 4, -4, 5, -5 }.Take(few).Select(end => ($"principal-50 ({end:+0;-0})", Principal(train, Math.Abs(end) - 1, Math.Sign(end), 50))),
            ],
        };
    }

    /// <summary>Fashion-MNIST: 10,000 rows, MLP 784-128-64-10, 10 epochs; random requests here hold memorised rows, whose effect a projection loses.</summary>
    /// <param name="bankMembers">Members that lack rows; null for the setting's own number.</param>
    /// <returns>Null if the data is not there.</returns>
    public static TargetsSetting? FashionMnist(int? bankMembers = null)
    {
        if (FashionMnistData.Load(10_000, 2_000) is not var (train, test))
        {
            return null;
        }

        return new TargetsSetting
        {
            Name = "fashion-mnist, rate 0.05",
            Train = train,
            Test = test,
            Graph = NetworkSpec.Mlp(128, 64).CreateGraph(784, 10),
            Training = new TrainerOptions { LearningRate = 0.05, Epochs = 10, BatchSize = 100 },
            Bank = new ModelBankOptions { FullMembers = 10, Members = bankMembers ?? 60, Checkpoints = [0.6] },
            TruthModels = 100,
            Seed = 1,
            Estimators =
            [
                new UnrolledInfluenceOptions(),
                new GaussNewtonInfluenceOptions { MaxMembers = 6 },
                new GaussNewtonInfluenceOptions { MaxMembers = 6, Solver = InfluenceSolver.FullDimension, Damping = 10, Iterations = 15 },
                new GaussNewtonInfluenceOptions { MaxMembers = 6, Solver = InfluenceSolver.FullDimension, Damping = 20, Iterations = 15 },
                new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = new() { MaxMembers = 4 } } },
                UnrolledProcess(),
            ],
            StepMembers = [5, 10],
            Requests = () => [("random-100 (1)", ForgetSets.Random(train, 100, 1)), ("clustered-100 (class 6)", ForgetSets.Clustered(train, 6, 100))],
        };
    }

    /// <summary>The Gaussian process with unrolled influence as its mean.</summary>
    public static DeletionGaussianProcessOptions UnrolledProcess() =>
        new() { Mean = new() { GaussNewton = new() { MaxMembers = 6, LastCheckpointOnly = true }, Unrolled = new() } };

    /// <summary>The rows furthest along one end of a principal direction of all rows.</summary>
    private static IReadOnlyList<long> Principal(LabeledRows rows, int direction, int sign, int count)
    {
        using var scope = NewDisposeScope();
        var features = rows.Features.to_type(ScalarType.Float64);
        var centred = features.sub(features.mean([0]));
        var axis = linalg.eigh(centred.t().mm(centred)).Item2.select(1, -1 - direction);
        // The sign of an eigenvector is arbitrary: let its largest entry be positive.
        axis = axis.mul(axis[axis.abs().argmax()].sign()).mul(Held(sign));
        double[] along = [.. centred.mv(axis).data<double>()];
        return [.. Enumerable.Range(0, rows.Count).OrderByDescending(row => along[row]).Take(count).Select(row => rows.RowIds[row]).Order()];
    }
}
