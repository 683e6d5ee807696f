namespace MLNetUnlearning.Tests.StockModel;

/// <summary>Runs the process that loads saved models with ML.NET alone.</summary>
internal static class StockLoaderProcess
{
    public static string Assembly { get; } = ChildProcess.Path("StockLoader");

    /// <summary>Scores a file; returns the lines it wrote: scores and label per row, then the metrics.</summary>
    public static string[][] Run(string model, string data, string output)
    {
        var (exitCode, messages, errors) = ChildProcess.Run("StockLoader", null, model, data, output);
        Assert.AreEqual(0, exitCode, $"{errors}{messages}");
        return [.. File.ReadLines(output).Select(line => line.Split(','))];
    }
}
