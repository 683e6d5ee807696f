using System.Diagnostics;
using System.Globalization;
using ExistingPipeline;
using Microsoft.ML;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Settings.Usage);
    return 0;
}

Settings settings;
CensusRow[] trainRows, testRows;
try
{
    settings = Settings.Parse(args);
    (trainRows, testRows) = CensusData.Read(settings.Rows, settings.Rows / 2);
}
catch (Exception e) when (e is ArgumentException or FormatException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (Exception e) when (e is IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

var ml = new MLContext(seed: settings.Seed);
CensusRow[] forgottenRows = [.. new Random(settings.Seed).GetItems(trainRows, settings.Forget).DistinctBy(row => row.RowId)];
long[] forgetRowIds = [.. forgottenRows.Select(row => row.RowId)];
var train = ml.Data.LoadFromEnumerable(trainRows);
var test = ml.Data.LoadFromEnumerable(testRows);
var forgotten = ml.Data.LoadFromEnumerable(forgottenRows);
var rest = ml.Data.LoadFromEnumerable(trainRows.ExceptBy(forgetRowIds, row => row.RowId));
Console.WriteLine($"{trainRows.Length} census rows to train on, {forgottenRows.Length} of them to forget; {testRows.Length} to test on.");

var before = Measure(PipelineBefore.Create(ml), train);
var after = Measure(PipelineAfter.Create(ml, forgetRowIds), train);
var retrained = Measure(PipelineBefore.Create(ml), rest);

Console.WriteLine();
Console.WriteLine($"{"",-26}{"test rows",-32}{"forgotten rows"}");
Console.WriteLine($"{"pipeline",-26}{"accuracy",-10}{"AUC",-10}{"log loss",-12}{"accuracy",-10}{"log loss",-10}{"from retrained"}");
Print("before", before);
Print("after: .Unlearn()", after);
Print("retrained without them", retrained);
Console.WriteLine();
Console.WriteLine("From retrained: mean difference of the probability from the retrained model's. Log loss in bits, as ML.NET gives it. One model each:");
Console.WriteLine("ml.Unlearning.Verify compares a hundred of each, and so tells the effect of forgetting from chance.");
return 0;

Metrics Measure(IEstimator<ITransformer> pipeline, IDataView rows)
{
    var clock = Stopwatch.StartNew();
    var model = pipeline.Fit(rows);
    using var lifetime = model as IDisposable;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Fitted in {clock.Elapsed.TotalSeconds:0.0} s."));
    return Metrics.Of(ml, model, test, forgotten);
}

void Print(string name, Metrics metrics) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{name,-26}{metrics.Test.Accuracy,-10:0.0000}{metrics.Test.AreaUnderRocCurve,-10:0.0000}{metrics.Test.LogLoss,-12:0.0000}{metrics.Forgotten.Accuracy,-10:0.0000}{metrics.Forgotten.LogLoss,-10:0.0000}{metrics.DistanceFrom(retrained):0.0000}"));
