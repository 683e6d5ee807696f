using Microsoft.ML;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class ReadmeTests
{
    [TestMethod]
    public void Sample_IsTheCompiledOne()
    {
        string readme = Resource("README.md"), source = Resource("ReadmeSample.cs");
        string sample = Between(readme, "```csharp\n", "```");

        Assert.AreEqual(Unindent(Between(source, "// README begin\n", "// README end")), Unindent(sample));
        int lines = sample.Split('\n').Count(line => line.Trim().Length > 0);
        Assert.IsLessThanOrEqualTo(15, lines, "The sample is to stay short.");
    }

    [TestMethod]
    public void Sample_RunsAndVerifies()
    {
        var ml = new MLContext(seed: 1);
        long[] forget = [.. Digits.Train.Take(20).Select(row => row.RowId)];
        string before = Directory.GetCurrentDirectory();
        var folder = Directory.CreateTempSubdirectory("readme-");
        try
        {
            var report = ReadmeSample.Run(Digits.TrainView(ml), Digits.TestView(ml), forget, folder.FullName, models: 20);

            Assert.AreEqual(20, report.ForgetRows);
            Assert.IsTrue(File.Exists(Path.Combine(folder.FullName, "model.zip")));
            Assert.IsTrue(File.Exists(Path.Combine(folder.FullName, "model.onnx")));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            folder.Delete(recursive: true);
        }
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ReadmeTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Between(string text, string begin, string end)
    {
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        Assert.IsGreaterThanOrEqualTo(begin.Length, start, $"'{begin}' is missing.");
        return text[start..text.IndexOf(end, start, StringComparison.Ordinal)];
    }

    private static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..].TrimEnd() : ""));
    }
}
