using ScottPlot;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>The convex case: every method at one ridge, descent and matching over ridges, and matching with imperfect targets.</summary>
internal static class ConvexFigure
{
    private const double Low = 1e-10, High = 1e4;

    public static void Save(IReadOnlyList<ResultRow> rows, string folder, string name)
    {
        double[] ridges = [.. rows.Select(row => row.Number("ridge")).Distinct().OrderDescending()];
        double shown = ridges.Contains(0.05) ? 0.05 : ridges[0];
        (string Method, string Title, Color Color, MarkerShape Marker)[] methods =
        [
            (ConvexBenchmark.OracleMatching, "oracle matching, all rows", FigureStyle.Blue, MarkerShape.None),
            (ConvexBenchmark.OracleMatchingSome, "oracle matching, forget rows and 18 others", FigureStyle.Sky, MarkerShape.None),
            (ConvexBenchmark.GroupExact, "DMM, group-exact targets", FigureStyle.Black, MarkerShape.OpenCircle),
            (ConvexBenchmark.LeaveOneOut, "DMM, added-up leave-one-out", FigureStyle.Green, MarkerShape.FilledTriangleUp),
            (ConvexBenchmark.Influence, "DMM, added-up influence", FigureStyle.Purple, MarkerShape.FilledSquare),
            (ConvexBenchmark.Descent, "descent on retain rows", FigureStyle.Grey, MarkerShape.None),
            (ConvexBenchmark.Ascent, "ascent on forget rows", FigureStyle.Vermilion, MarkerShape.None),
            (ConvexBenchmark.AscentDescent, "ascent and descent", FigureStyle.Orange, MarkerShape.None),
        ];
        var sheet = new FigureSheet("Ridge regression: distance to the retrained model", 2, [.. methods.Select(method => FigureStyle.Entry(method.Title, method.Color, method.Marker, method.Method == ConvexBenchmark.GroupExact ? 0 : 3))])
        {
            Height = 680,
            LegendHeight = 90,
        };
        var all = Panel($"all methods, ridge {shown}");
        foreach (var (method, _, color, marker) in methods)
        {
            // The same as oracle matching, and so only marks upon its line.
            Line(all, Points(rows, method, shown), color, method == ConvexBenchmark.GroupExact ? 0 : 3, marker);
        }

        var rates = Panel("matching (blue) and descent (grey) at four ridges");
        foreach (double ridge in ridges)
        {
            float width = 1.5f + (3 * (ridges.IndexOf(ridge) / (float)ridges.Length));
            Line(rates, Points(rows, ConvexBenchmark.OracleMatching, ridge), FigureStyle.Blue, width);
            Line(rates, Points(rows, ConvexBenchmark.Descent, ridge), FigureStyle.Grey, width);
            var end = Points(rows, ConvexBenchmark.Descent, ridge).Last(point => point.Distance >= Low);
            var text = rates.Add.Text(FigureStyle.Number(ridge), end.Step + 5, Math.Log10(end.Distance));
            (text.LabelFontSize, text.LabelFontName, text.LabelFontColor, text.LabelAlignment) = (12, FigureStyle.Font, FigureStyle.Grey, Alignment.MiddleLeft);
        }

        rates.Axes.SetLimitsX(0, 450);
        sheet.Add(all);
        sheet.Add(rates);
        sheet.Save(folder, name);
    }

    private static Plot Panel(string title)
    {
        var plot = FigureStyle.Panel(title, "full-batch steps", "squared distance, 1 at the start");
        FigureStyle.LogAxis(plot.Axes.Left, Low, High, [1], value => Math.Round(Math.Log10(value)) % 2 == 0 ? FigureStyle.Number(value) : "");
        plot.Axes.SetLimitsX(0, 400);
        return plot;
    }

    private static (double Step, double Distance)[] Points(IReadOnlyList<ResultRow> rows, string method, double ridge) =>
        [.. rows.Where(row => row.Text("method") == method && row.Number("ridge") == ridge).Select(row => (row.Number("step"), row.Number("distance"))).OrderBy(point => point.Item1)];

    private static void Line(Plot plot, (double Step, double Distance)[] points, Color color, float width, MarkerShape marker = MarkerShape.None)
    {
        var line = plot.Add.Scatter(points.Select(point => point.Step).ToArray(), points.Select(point => Math.Log10(Math.Clamp(point.Distance, Low / 10, High * 10))).ToArray(), color);
        (line.LineWidth, line.MarkerShape, line.MarkerSize, line.MarkerLineWidth) = (width, marker, 8, 2);
    }
}
