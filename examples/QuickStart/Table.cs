using System.Globalization;
using MLNetUnlearning.Verification;

namespace QuickStart;

/// <summary>Prints the results, the expected figures in brackets beside the measured ones.</summary>
internal static class Table
{
    public static void Print(Results results, Settings settings)
    {
        bool comparable = settings.Models == 100 && settings.Seed == 1;
        foreach (var request in results.Requests)
        {
            var report = request.Report;
            Console.WriteLine();
            Console.WriteLine($"{results.Data.Name}: forget {request.Name} of {results.Data.Train.Count} rows. KLoM p95 over {report.Models} models (lower is closer to retraining){(comparable ? ", expected in brackets" : "")}");
            Console.WriteLine($"{"",-22}{"forget",-16}{"retain",-16}{"validation",-16}{"accuracy",-10}{"seconds per model"}");
            void Row(string name, string key, KlomBySet klom, double accuracy, string seconds)
            {
                double[]? expected = comparable ? Expected.Of(results.Data.Name, request.Name, key) : null;
                string Cell(KlomSummary set, int i) => Number(set.P95) + (expected is null ? "" : $" ({Number(expected[i])})");
                Console.WriteLine($"{name,-22}{Cell(klom.Forget, 0),-16}{Cell(klom.Retain, 1),-16}{Cell(klom.Validation, 2),-16}{accuracy.ToString("P1", CultureInfo.InvariantCulture),-10}{seconds}");
            }

            Row("do nothing", "doNothing", report.DoNothing, report.OriginalAccuracy, "0");
            Row("datamodel matching", "dmm", report.Unlearned, report.UnlearnedAccuracy, $"{Number(report.FineTuneOne.TotalSeconds)} + {Number(report.Attribution.TotalSeconds)} once for attribution");
            Row("held-out oracles", "oracle", report.Floor, report.OracleAccuracy, $"{Number(report.RetrainOne.TotalSeconds)} (retraining)");
        }

        Console.WriteLine();
        Console.WriteLine($"Model bank: {results.BankMembers} members in {Number(results.BankSeconds)} s, once, before any request. Training many at once is {Number(results.BatchedSpeedup)} times faster per model.");
        Console.WriteLine($"ONNX: {results.Files.Onnx}, probabilities differ by at most {results.Files.OnnxMaxAbsDifference:E1}, {results.Files.OnnxLabelsDiffering} labels differ.");
        Console.WriteLine($"Saved and reloaded with Microsoft.ML: probabilities differ by at most {results.Files.ReloadMaxAbsDifference:E1}, metrics {(results.Files.ReloadMetricsEqual ? "equal" : "DIFFER")}.");
        if (results.Requests.Any(request => request.Report.RetrainOne < request.Report.FineTuneOne + request.Report.Attribution))
        {
            Console.WriteLine("Note: for a network this small, retraining one model costs less than attribution and fine-tuning together. Unlearn larger ones.");
        }
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
