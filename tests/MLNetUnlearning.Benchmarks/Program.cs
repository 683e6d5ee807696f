using MLNetUnlearning.Benchmarks;
using MLNetUnlearning.Benchmarks.Figures;

var benchmarks = new Dictionary<string, Func<BenchmarkOptions, IEnumerable<IReadOnlyDictionary<string, object?>>>>
{
    ["bank"] = options => BankBenchmark.Run(options.Quick),
    ["compute"] = ComputeBenchmark.Run,
    ["convex"] = options => ConvexBenchmark.Run(options.Quick),
    ["deletion"] = DeletionBenchmark.Run,
    ["features"] = options => FeaturesBenchmark.Run(options.Quick),
    ["growth"] = GrowthBenchmark.Run,
    ["klom"] = KlomBenchmark.Run,
    ["lds"] = LdsBenchmark.Run,
    ["leak"] = options => LeakBenchmark.Run(options.Quick),
    ["rates"] = RatesBenchmark.Run,
    ["scoring"] = options => ScoringBenchmark.Run(options.Quick),
    ["stability"] = StabilityBenchmark.Run,
    ["targets"] = TargetsBenchmark.Run,
    ["ulira"] = ULiraBenchmark.Run,
};

if (args is [PeakMemory.Command, var network, var method, ..])
{
    return PeakMemory.Run(network, method, args.Contains("--quick"));
}

try
{
    var options = BenchmarkOptions.Parse(args);
    if (options.Name == RenderCommand.Name)
    {
        RenderCommand.Run(options);
        return 0;
    }

    if (!benchmarks.TryGetValue(options.Name, out var run))
    {
        throw new ArgumentException($"There is no benchmark '{options.Name}'; there are {string.Join(", ", benchmarks.Keys)} and {RenderCommand.Name}.");
    }

    var report = new BenchmarkReport(options.Name, options.Quick, string.Join(' ', args));
    foreach (var row in run(options))
    {
        report.Add(row);
    }

    if (options.Json is not null)
    {
        report.Write(options.Json);
    }

    if (options.Figures is not null)
    {
        FigureSet.Save(options.Name, [.. report.Rows.Select(row => new ResultRow(row))], options.Figures);
    }

    return 0;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
