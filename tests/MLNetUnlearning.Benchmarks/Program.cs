using MLNetUnlearning.Benchmarks;

var benchmarks = new Dictionary<string, Func<bool, IEnumerable<IReadOnlyDictionary<string, object?>>>>
{
    ["bank"] = BankBenchmark.Run,
    ["convex"] = ConvexBenchmark.Run,
    ["deletion"] = DeletionBenchmark.Run,
    ["features"] = FeaturesBenchmark.Run,
    ["growth"] = GrowthBenchmark.Run,
    ["lds"] = LdsBenchmark.Run,
    ["targets"] = TargetsBenchmark.Run,
};

if (args is [PeakMemory.Command, var network, var method, ..])
{
    return PeakMemory.Run(network, method, args.Contains("--quick"));
}

string? name = args.FirstOrDefault(argument => !argument.StartsWith('-'));
int json = Array.IndexOf(args, "--json");
if (name is null || !benchmarks.TryGetValue(name, out var run) || json == args.Length - 1)
{
    Console.Error.WriteLine($"Usage: MLNetUnlearning.Benchmarks NAME [--quick] [--json FILE]; NAME is {string.Join(" or ", benchmarks.Keys)}.");
    return 1;
}

bool quick = args.Contains("--quick");
var report = new BenchmarkReport(name, quick, string.Join(' ', args));
foreach (var row in run(quick))
{
    report.Add(row);
}

if (json >= 0)
{
    report.Write(args[json + 1]);
}

return 0;
