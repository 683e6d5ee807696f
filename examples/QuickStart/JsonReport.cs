using System.Text.Json;
using MLNetUnlearning.Shared;
using MLNetUnlearning.Verification;

namespace QuickStart;

/// <summary>Writes the results for machines to read.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Write(string file, Results results, string command)
    {
        object report = new
        {
            Command = command,
            Machine = Machine.Describe(),
            Dataset = results.Data.Name,
            Train = results.Data.Train.Count,
            Test = results.Data.Test.Count,
            results.Models,
            Bank = new { Members = results.BankMembers, Seconds = results.BankSeconds, results.BatchedSpeedup },
            Requests = results.Requests.Select(Request),
            Onnx = new { File = results.Files.Onnx, MaxAbsDifference = results.Files.OnnxMaxAbsDifference, LabelsDiffering = results.Files.OnnxLabelsDiffering },
            Reload = new { ScoresMaxAbsDifference = results.Files.ReloadMaxAbsDifference, MetricsEqual = results.Files.ReloadMetricsEqual },
        };
        File.WriteAllText(file, JsonSerializer.Serialize(report, Format));
    }

    private static object Request(RequestResult request) => new
    {
        request.Name,
        Forget = request.Report.ForgetRows,
        Klom = new { DoNothing = Klom(request.Report.DoNothing), Dmm = Klom(request.Report.Unlearned), Oracle = Klom(request.Report.Floor) },
        Accuracy = new { Original = request.Report.OriginalAccuracy, Dmm = request.Report.UnlearnedAccuracy, Oracle = request.Report.OracleAccuracy },
        Seconds = new
        {
            RetrainOne = request.Report.RetrainOne.TotalSeconds,
            Attribution = request.Report.Attribution.TotalSeconds,
            FineTuneOne = request.Report.FineTuneOne.TotalSeconds,
        },
    };

    private static object Klom(KlomBySet sets) => new { Forget = Set(sets.Forget), Retain = Set(sets.Retain), Validation = Set(sets.Validation) };

    private static object Set(KlomSummary summary) => new { summary.Mean, summary.P95 };
}
