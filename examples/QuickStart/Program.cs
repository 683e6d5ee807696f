using System.Diagnostics;
using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;
using QuickStart;

Settings settings;
DataSet data;
try
{
    settings = Settings.Parse(args);
    data = settings.Data == "digits" ? Digits.Load() : FashionMnist.Load();
}
catch (Exception e) when (e is ArgumentException or DirectoryNotFoundException or FileNotFoundException or InvalidDataException or EndOfStreamException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

// Train: an ordinary ML.NET pipeline whose trainer also builds what later deletions need.
var ml = new MLContext(seed: settings.Seed);
var train = data.View(ml, data.Train);
var test = data.View(ml, data.Test);
var options = new NeuralNetworkOptions
{
    Network = data.Network,
    Epochs = data.Epochs,
    BatchSize = data.BatchSize,
    LearningRate = data.LearningRate,
    Attribution = new UnrolledInfluenceOptions(),
    Seed = (ulong)settings.Seed,
};
var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Example.Class))
    .Append(ml.Transforms.NormalizeMinMax("Features", nameof(Example.Pixels)))
    .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options))
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"));
Console.WriteLine($"Training {data.Network} and its model bank on {data.Train.Count} rows of {data.Name} ...");
var clock = Stopwatch.StartNew();
using var model = pipeline.Fit(train);
double bankSeconds = clock.Elapsed.TotalSeconds;

// Delete: two requests, each served on the deployed model and verified against models that were really retrained.
using var rows = data.ToLabeledRows();
(string Name, IReadOnlyList<long> Ids)[] requests =
[
    ("random-100", ForgetSets.Random(rows, 100, (ulong)settings.Seed)),
    ($"clustered-{data.Cluster.Count}", ForgetSets.Clustered(rows, data.Cluster.Class, data.Cluster.Count)),
];
var results = new List<RequestResult>();
FileChecks? files = null;
foreach (var (name, ids) in requests)
{
    Console.WriteLine($"Unlearning {name}, and verifying with {settings.Models} students, oracles and held-out oracles ...");
    var result = ml.Unlearning.Unlearn(model, train, new UnlearningRequest { ForgetRowIds = ids });
    using var unlearned = result.Model;
    results.Add(new RequestResult(name, ml.Unlearning.Verify(result, train, test, new VerificationOptions { Oracles = settings.Models, Seed = (ulong)settings.Seed })));
    files ??= ModelFiles.Check(ml, unlearned, train, test, settings.Output);
}

var last = results[^1].Report;
double speedup = last.RetrainOne.TotalSeconds * last.Models / last.TrainOracles.TotalSeconds;
var all = new Results(data, settings.Models, options.Bank.Members + options.Bank.FullMembers, bankSeconds, speedup, results, files!);
Table.Print(all, settings);
if (settings.Json is not null)
{
    JsonReport.Write(settings.Json, all, $"dotnet run -c Release --project examples/QuickStart -- {string.Join(' ', args)}".Trim());
}

return 0;
