using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>The settings of the comparison, by the name that the command line gives.</summary>
internal static class ComparisonSettings
{
    /// <summary>Names that <see cref="Create"/> knows.</summary>
    public static readonly string[] Names = ["digits", "fashion-mnist", "fashion-mnist-60k", "fashion-cnn", "cifar-resnet9"];

    /// <exception cref="ArgumentException">There is no such setting.</exception>
    /// <exception cref="DirectoryNotFoundException">Its data is not there.</exception>
    public static ComparisonSetting Create(BenchmarkOptions options)
    {
        bool quick = options.Quick;
        return options.Data switch
        {
            "digits" => Digits(quick, options.Rate ?? 0.2, options.BankMembers),
            "fashion-mnist" => FashionMnist("fashion-mnist", quick ? 2_000 : 10_000, quick, options.Rate ?? 0.05, [100]),
            "fashion-mnist-60k" => FashionMnist("fashion-mnist-60k", quick ? 4_000 : 60_000, quick, options.Rate ?? 0.05, [100, 600]),
            "fashion-cnn" => FashionCnn(quick, options.Rate ?? 0.05),
            "cifar-resnet9" => CifarResNet9(quick, options.Rate ?? 0.1),
            _ => throw new ArgumentException($"There is no data set '{options.Data}'; there are {string.Join(", ", Names)}."),
        };
    }

    private static ComparisonSetting Digits(bool quick, double rate, int? bankMembers)
    {
        var (train, test) = DigitsData.Load();
        return new()
        {
            Name = Named("digits", quick, rate),
            Dataset = "digits",
            Network = "mlp 64-64-64-10",
            Train = train,
            Test = test,
            Graph = NetworkSpec.Mlp(64, 64).CreateGraph(64, 10),
            Training = new TrainerOptions { LearningRate = rate },
            Bank = quick ? new() { FullMembers = 4, Members = 4 } : new(),
            ProcessBank = new() { FullMembers = quick ? 4 : 10, Members = bankMembers ?? (quick ? 20 : 300), Checkpoints = new UnrolledInfluenceOptions().Checkpoints },
            Path = new() { Stages = 16, Iterations = 12, CurvatureRows = 300 },
            Requests = [.. HeldOutRequests.Digits(train).Take(quick ? 2 : 6)],
            Models = quick ? 20 : 100,
            Chunk = quick ? 20 : 50,
            Grids = !quick,
        };
    }

    private static ComparisonSetting FashionMnist(string name, int rows, bool quick, double rate, int[] random)
    {
        var (train, test) = Fashion(rows, quick);
        return new()
        {
            Name = Named(name, quick, rate),
            Dataset = $"fashion-mnist, {rows} rows",
            Network = "mlp 784-128-64-10",
            Train = train,
            Test = test,
            Graph = NetworkSpec.Mlp(128, 64).CreateGraph(784, 10),
            Training = new TrainerOptions { LearningRate = rate, Epochs = quick ? 3 : 10, BatchSize = 100 },
            Bank = quick ? Few : new ModelBankOptions(),
            Requests = [.. HeldOutRequests.Images(train, random, rows == 60_000 ? 500 : 100, label: 0).Take(quick ? 1 : 3)],
            Models = quick ? 20 : 100,
            Chunk = 20,
        };
    }

    private static ComparisonSetting FashionCnn(bool quick, double rate)
    {
        int rows = quick ? 400 : 10_000;
        var (train, test) = Fashion(rows, quick);
        return new()
        {
            Name = Named("fashion-cnn", quick, rate),
            Dataset = $"fashion-mnist, {rows} rows",
            Network = "cnn 16-32-32",
            Train = train,
            Test = test,
            Graph = NetworkSpec.SmallCnn(new ImageShape(1, 28, 28)).CreateGraph(784, 10),
            Training = new TrainerOptions { LearningRate = rate, Epochs = quick ? 2 : 10, BatchSize = 100 },
            Bank = quick ? Few : new ModelBankOptions(),
            Requests = [.. HeldOutRequests.Images(train, [quick ? 30 : 100], quick ? 30 : 100, label: 0).Take(quick ? 1 : 2)],
            Models = quick ? 5 : 20,
            Chunk = 4,
        };
    }

    private static ComparisonSetting CifarResNet9(bool quick, double rate)
    {
        int rows = quick ? 200 : 5_000;
        var (train, test) = Cifar10Data.Load(rows, quick ? 200 : 1_000);
        return new()
        {
            Name = Named("cifar-resnet9", quick, rate),
            Dataset = $"JPEG-recompressed CIFAR-10 subset, {rows} rows",
            Network = "resnet9, 8 planes",
            Train = train,
            Test = test,
            Graph = NetworkSpec.ResNet9(new ImageShape(3, 32, 32), 8).CreateGraph(3 * 32 * 32, 10),
            Training = new TrainerOptions { LearningRate = rate, Epochs = quick ? 2 : 10, BatchSize = 100 },
            Bank = quick ? Few : new ModelBankOptions { Members = 6, FullMembers = 4 },
            Requests = [.. HeldOutRequests.Images(train, [quick ? 20 : 50], quick ? 20 : 50, label: 3).Take(quick ? 1 : 2)],
            Models = quick ? 4 : 20,
            Chunk = 2,
        };
    }

    private static ModelBankOptions Few => new() { FullMembers = 2, Members = 2 };

    private static (LabeledRows Train, LabeledRows Test) Fashion(int rows, bool quick) =>
        FashionMnistData.Load(rows, quick ? 300 : rows == 60_000 ? 10_000 : 2_000) ?? throw DataFolder.Missing(Path.Combine(DataFolder.Path, "fashion-mnist"));

    private static string Named(string name, bool quick, double rate) =>
        FormattableString.Invariant($"{name}-rate-{rate}{(quick ? "-quick" : "")}");
}
