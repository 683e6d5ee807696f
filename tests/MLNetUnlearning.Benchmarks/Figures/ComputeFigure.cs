using MLNetUnlearning.Benchmarks.Comparison;
using ScottPlot;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>KLoM on the forgotten rows against the cost, a panel per request: down and to the left is better, and retraining that stops early is the curve to beat.</summary>
internal static class ComputeFigure
{
    private const double Cheapest = 0.001, Dearest = 20;

    private static readonly string[] Joined = ["partial-retraining", ComparedMethods.DatamodelMatching, "step-and-dmm", ComparedMethods.Step, ComparedMethods.Path];

    public static void Save(IReadOnlyList<ResultRow> rows, string folder, string name)
    {
        string[] methods = [.. rows.Select(row => row.Text("method")).Distinct().Where(method => method != ComparedMethods.DoNothing)];
        var legend = methods.Select(method => Entry(method)).ToList();
        legend.Add(FigureStyle.Entry("do nothing", FigureStyle.Grey, MarkerShape.None, 2));
        legend.Add(FigureStyle.BandEntry("floor: retrained against retrained", FigureStyle.Band));
        legend.Add(FigureStyle.Entry("hollow: retain rows beyond 1.5 x floor", FigureStyle.Grey, MarkerShape.OpenCircle));
        var panels = rows.GroupBy(row => row.Text("forgetSet")).ToArray();
        var sheet = new FigureSheet($"What forgetting costs: {rows[0].Text("dataset")}, N = {rows[0].Number("n")}", panels.Length, legend) { Height = 680, LegendHeight = 100 };
        foreach (var panel in panels)
        {
            sheet.Add(Panel(panel.Key, [.. panel]));
        }

        sheet.Save(folder, name);
    }

    private static LegendItem Entry(string method)
    {
        var (title, color, marker) = FigureStyle.Of(method);
        return FigureStyle.Entry(title, color, marker, Joined.Contains(method) ? 2 : 0);
    }

    private static Plot Panel(string request, ResultRow[] rows)
    {
        var plot = FigureStyle.Panel(request, "processor time, as a share of one retraining", "KLoM on forgotten rows, 95th percentile");
        var band = plot.Add.VerticalSpan(Math.Log10(Math.Max(0.1, rows[0].Number("floorLow"))), Math.Log10(rows[0].Number("floorHigh")), FigureStyle.Band);
        band.LineStyle.IsVisible = false;
        foreach (var method in rows.GroupBy(row => row.Text("method")))
        {
            var (_, color, marker) = FigureStyle.Of(method.Key);
            // In the order of budgets, in which they were run: two costs that are alike can change places.
            ResultRow[] points = [.. method];
            if (method.Key == ComparedMethods.DoNothing)
            {
                plot.Add.HorizontalLine(Y(points[0]), 2, color);
                continue;
            }

            if (Joined.Contains(method.Key))
            {
                var line = plot.Add.ScatterLine(points.Select(X).ToArray(), points.Select(Y).ToArray(), color);
                line.LineWidth = 2;
            }

            foreach (var point in points)
            {
                bool harmless = point.Number("retainTimesFloor") <= 1.5;
                var drawn = plot.Add.Marker(X(point), Y(point), harmless ? marker : FigureStyle.Hollow(marker), 10, color);
                drawn.MarkerLineWidth = 2;
            }
        }

        FigureStyle.LogAxis(plot.Axes.Bottom, Cheapest, Dearest, [1], FigureStyle.Percent);
        FigureStyle.LogAxis(plot.Axes.Left, 0.75 * rows.Min(row => Math.Min(row.Number("floorLow"), row.Number("forgetP95"))), 15, [1, 2, 3, 5]);
        return plot;
    }

    private static double X(ResultRow row) => Math.Log10(Math.Clamp(row.Number("costShareOfRetrain"), Cheapest, Dearest));

    private static double Y(ResultRow row) => Math.Log10(Math.Max(row.Number("forgetP95"), 0.01));
}
