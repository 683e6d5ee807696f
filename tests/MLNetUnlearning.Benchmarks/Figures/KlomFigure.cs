using MLNetUnlearning.Benchmarks.Comparison;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>KLoM as multiples of the floor, methods from top to bottom, a panel per request.</summary>
internal static class KlomFigure
{
    private static readonly (string Set, Color Color, MarkerShape Marker, double Offset)[] Sets =
    [
        ("forget", FigureStyle.Vermilion, MarkerShape.FilledCircle, 0.18), ("retain", FigureStyle.Blue, MarkerShape.FilledSquare, 0), ("validation", FigureStyle.Sky, MarkerShape.FilledDiamond, -0.18),
    ];

    public static void Save(IReadOnlyList<ResultRow> rows, string folder, string name)
    {
        List<LegendItem> legend = [.. Sets.Select(set => FigureStyle.Entry($"{set.Set} rows", set.Color, set.Marker))];
        legend.Add(FigureStyle.Entry("floor: retrained against retrained", FigureStyle.Green, MarkerShape.None, 3));
        legend.Add(FigureStyle.Entry("1.5 x floor", FigureStyle.Grey, MarkerShape.None, 1.5f));
        string[] methods = [.. ComparedMethods.Names.Where(method => rows.Any(row => row.Text("method") == method))];
        var panels = rows.GroupBy(row => row.Text("forgetSet")).OrderBy(panel => Kind(panel.Key)).ToArray();
        var sheet = new FigureSheet($"KLoM of unlearned models: {rows[0].Text("dataset")}, N = {rows[0].Number("n")}", Math.Min(panels.Length, 2), legend)
        {
            Height = 108 + ((panels.Length + 1) / 2 * (90 + (22 * methods.Length))),
        };
        foreach (var panel in panels)
        {
            sheet.Add(Panel(panel.Key, [.. panel], methods));
        }

        sheet.Save(folder, name);
    }

    private static string Kind(string request) => $"{(request.StartsWith("random", StringComparison.Ordinal) ? 0 : request.StartsWith("clustered", StringComparison.Ordinal) ? 1 : 2)}{request}";

    private static Plot Panel(string request, ResultRow[] rows, string[] methods)
    {
        var plot = FigureStyle.Panel(request, "95th percentile, as a multiple of the floor", "");
        plot.Add.VerticalLine(0, 3, FigureStyle.Green);
        plot.Add.VerticalLine(Math.Log10(1.5), 1.5f, FigureStyle.Grey);
        var ticks = new NumericManual();
        for (int i = 0; i < methods.Length; i++)
        {
            double y = methods.Length - i;
            ticks.AddMajor(y, Title(methods[i]));
            foreach (var (set, color, marker, offset) in Sets)
            {
                if (rows.FirstOrDefault(row => row.Text("method") == methods[i] && row.Text("set") == set) is { } row)
                {
                    plot.Add.Marker(Math.Log10(Math.Clamp(row.Number("timesFloor"), 0.6, 28)), y + offset, marker, 9, color);
                }
            }
        }

        plot.Axes.Left.TickGenerator = ticks;
        plot.Axes.SetLimitsY(0.4, methods.Length + 0.6);
        FigureStyle.LogAxis(plot.Axes.Bottom, 0.6, 30, [1, 2, 3, 5]);
        return plot;
    }

    private static string Title(string method) => FigureStyle.Of(method).Title + (method.EndsWith("-best", StringComparison.Ordinal) ? ", best of a grid" : "");
}
