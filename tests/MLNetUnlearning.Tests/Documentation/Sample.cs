namespace MLNetUnlearning.Tests.Documentation;

/// <summary>Finds samples in documents and in the sources that compile them.</summary>
internal static class Sample
{
    /// <summary>An embedded text.</summary>
    public static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Sample).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The text between two markers.</summary>
    public static string Between(string text, string begin, string end)
    {
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        Assert.IsGreaterThanOrEqualTo(begin.Length, start, $"'{begin}' is missing.");
        return text[start..text.IndexOf(end, start, StringComparison.Ordinal)];
    }

    /// <summary>The text without the indentation that all its lines share.</summary>
    public static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..].TrimEnd() : ""));
    }

    /// <summary>All C# samples of a document.</summary>
    public static string[] All(string document) => [.. document.Split("```csharp\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];
}
