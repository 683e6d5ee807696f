using MLNetUnlearning.Benchmarks.Comparison;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>Accuracy of the U-LiRA attack with its interval, methods from top to bottom, a panel per request; the band is what held-out oracles give.</summary>
internal static class ULiraFigure
{
    public static void Save(IReadOnlyList<ResultRow> rows, string folder, string name)
    {
        LegendItem[] legend =
        [
            FigureStyle.Entry("accuracy of the attack, 95 % interval over attacked models", FigureStyle.Blue, MarkerShape.FilledCircle, 2),
            FigureStyle.BandEntry("null: held-out oracles ± 0.03", FigureStyle.Band),
            FigureStyle.Entry("a coin", FigureStyle.Grey, MarkerShape.None, 1.5f),
        ];
        string[] methods = [.. ComparedMethods.Names.Where(method => rows.Any(row => row.Text("method") == method))];
        var panels = rows.GroupBy(row => row.Text("forgetSet")).ToArray();
        var sheet = new FigureSheet($"Can an attacker tell unlearned from retrained? U-LiRA on {rows[0].Text("dataset")}, N = {rows[0].Number("n")}", Math.Min(panels.Length, 3), legend)
        {
            Height = 108 + ((panels.Length + 2) / 3 * (90 + (20 * methods.Length))),
        };
        foreach (var panel in panels)
        {
            sheet.Add(Panel(panel.Key, [.. panel], methods));
        }

        sheet.Save(folder, name);
    }

    private static Plot Panel(string request, ResultRow[] rows, string[] methods)
    {
        var plot = FigureStyle.Panel(request, "accuracy of the attack", "");
        double nothing = rows[0].Number("nullAccuracy");
        var band = plot.Add.HorizontalSpan(nothing - 0.03, nothing + 0.03, FigureStyle.Band);
        band.LineStyle.IsVisible = false;
        plot.Add.VerticalLine(0.5, 1.5f, FigureStyle.Grey);
        var ticks = new NumericManual();
        for (int i = 0; i < methods.Length; i++)
        {
            double y = methods.Length - i;
            ticks.AddMajor(y, FigureStyle.Of(methods[i]).Title + (methods[i].EndsWith("-best", StringComparison.Ordinal) ? ", best" : ""));
            if (rows.FirstOrDefault(row => row.Text("method") == methods[i]) is { } row)
            {
                var interval = plot.Add.Line(row.Number("low"), y, row.Number("high"), y);
                (interval.LineColor, interval.LineWidth) = (FigureStyle.Blue, 2);
                plot.Add.Marker(row.Number("accuracy"), y, MarkerShape.FilledCircle, 9, FigureStyle.Blue);
            }
        }

        plot.Axes.Left.TickGenerator = ticks;
        plot.Axes.SetLimits(0.42, 1.02, 0.4, methods.Length + 0.6);
        return plot;
    }
}
