namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>Which figure belongs to which benchmark.</summary>
internal static class FigureSet
{
    /// <summary>Draws the figures of a benchmark, one per data set and network.</summary>
    /// <param name="benchmark">Name of the benchmark.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="folder">Where the files go.</param>
    /// <exception cref="ArgumentException">The benchmark has no figure.</exception>
    public static void Save(string benchmark, IReadOnlyList<ResultRow> rows, string folder)
    {
        if (benchmark == "convex")
        {
            ConvexFigure.Save(rows, folder, benchmark);
            return;
        }

        Action<IReadOnlyList<ResultRow>, string, string> save = benchmark switch
        {
            "klom" => KlomFigure.Save,
            "compute" => ComputeFigure.Save,
            "ulira" => ULiraFigure.Save,
            "stability" => StabilityFigure.Save,
            _ => throw new ArgumentException($"The benchmark '{benchmark}' has no figure; convex, klom, compute, ulira and stability have."),
        };
        foreach (var setting in rows.GroupBy(row => $"{row.Text("dataset")} {row.Text("network")} {row.Number("trainingRate")}"))
        {
            save([.. setting], folder, $"{benchmark}-{Slug(setting.Key)}");
        }
    }

    /// <summary>Letters, digits and points, everything else as one hyphen.</summary>
    private static string Slug(string text) => string.Join('-', string.Concat(text.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '.' ? letter : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
