using ScottPlot;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>Mean margins over fine-tuning steps: forgotten rows above, retained rows below, a column per request; the band is where the retrained models are.</summary>
internal static class StabilityFigure
{
    private const double First = 5;

    public static void Save(IReadOnlyList<ResultRow> rows, string folder, string name)
    {
        string[] methods = [.. rows.Select(row => row.Text("method")).Distinct().Where(method => method != "oracles")];
        List<LegendItem> legend = [.. methods.Select(method => FigureStyle.Entry(FigureStyle.Of(method).Title, FigureStyle.Of(method).Color, FigureStyle.Of(method).Marker, 2))];
        legend.Add(FigureStyle.BandEntry("retrained models, lowest to highest", FigureStyle.Band));
        var panels = rows.GroupBy(row => row.Text("forgetSet")).ToArray();
        var sheet = new FigureSheet($"Unlearning, continued: {rows[0].Text("dataset")}, N = {rows[0].Number("n")}", Math.Max(panels.Length, 2), legend) { Height = panels.Length > 1 ? 850 : 560 };
        foreach (string set in new[] { "forget", "retain" })
        {
            foreach (var panel in panels)
            {
                sheet.Add(Panel($"{panel.Key}: {(set == "forget" ? "forgotten" : "retained")} rows", set, [.. panel], methods));
            }
        }

        sheet.Save(folder, name);
    }

    private static Plot Panel(string title, string set, ResultRow[] rows, string[] methods)
    {
        var plot = FigureStyle.Panel(title, "steps at a constant rate", "mean margin");
        var oracles = rows.Single(row => row.Text("method") == "oracles");
        double low = oracles.Number($"{set}Low"), high = oracles.Number($"{set}High"), start = rows.First(row => row.Number("steps") == 0 && row.Text("method") != "oracles").Number($"{set}Margin");
        var band = plot.Add.VerticalSpan(low, high, FigureStyle.Band);
        band.LineStyle.IsVisible = false;
        double last = rows.Max(row => row.Number("steps"));
        foreach (string method in methods)
        {
            var (_, color, marker) = FigureStyle.Of(method);
            ResultRow[] points = [.. rows.Where(row => row.Text("method") == method && row.Has($"{set}Margin")).OrderBy(row => row.Number("steps"))];
            var line = plot.Add.Scatter(points.Select(row => Math.Log10(Math.Max(First, row.Number("steps")))).ToArray(), points.Select(row => row.Number($"{set}Margin")).ToArray(), color);
            (line.LineWidth, line.MarkerSize, line.MarkerShape) = (2, 8, marker);
        }

        FigureStyle.LogAxis(plot.Axes.Bottom, First, last * 1.1, [1, 3], value => value <= First ? "0" : FigureStyle.Number(value));
        // What climbs without end leaves the panel: its end would flatten everything else.
        double span = Math.Max(high, start) - Math.Min(low, start);
        plot.Axes.SetLimitsY(Math.Min(low, start) - (1.5 * span) - 1, Math.Max(high, start) + (0.5 * span) + 1);
        return plot;
    }
}
