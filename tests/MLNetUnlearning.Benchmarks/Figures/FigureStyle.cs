using System.Globalization;
using MLNetUnlearning.Benchmarks.Comparison;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>How all figures look: one font, the colours of Okabe and Ito, which can be told apart without red and green, and logarithmic axes with round numbers.</summary>
internal static class FigureStyle
{
    public static readonly string Font = Fonts.GetTypeface("DejaVu Sans", FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal) is null ? Fonts.Default : "DejaVu Sans";

    public static readonly Color
        Black = Color.FromHex("#000000"), Orange = Color.FromHex("#E69F00"), Sky = Color.FromHex("#56B4E9"), Green = Color.FromHex("#009E73"),
        Blue = Color.FromHex("#0072B2"), Vermilion = Color.FromHex("#D55E00"), Purple = Color.FromHex("#CC79A7"), Grey = Color.FromHex("#777777"), Olive = Color.FromHex("#999933"), Band = Color.FromHex("#009E73").WithAlpha(0.18);

    /// <summary>Title, colour and marker of a method.</summary>
    public static (string Title, Color Color, MarkerShape Marker) Of(string method) => method.Replace("-best", "", StringComparison.Ordinal) switch
    {
        ComparedMethods.HeldOutOracles or "oracles" => ("held-out oracles (floor)", Green, MarkerShape.FilledCircle),
        ComparedMethods.DoNothing => ("do nothing", Grey, MarkerShape.FilledSquare),
        ComparedMethods.DatamodelMatching => ("Datamodel Matching", Blue, MarkerShape.FilledCircle),
        ComparedMethods.UnrolledTargets => ("DMM, unrolled influence", Blue, MarkerShape.FilledTriangleUp),
        ComparedMethods.PathTargets => ("DMM, members' steps in stages", Sky, MarkerShape.FilledSquare),
        ComparedMethods.Path => ("Gauss-Newton step in stages", Green, MarkerShape.FilledTriangleDown),
        ComparedMethods.StepTargets => ("DMM, members' steps", Blue, MarkerShape.FilledSquare),
        ComparedMethods.Process => ("DMM, Gaussian process", Blue, MarkerShape.FilledDiamond),
        "dmm-shared" => ("DMM, one shared change", Sky, MarkerShape.FilledCircle),
        "step-and-dmm" => ("step, then DMM", Sky, MarkerShape.FilledDiamond),
        ComparedMethods.Step => ("Gauss-Newton step", Green, MarkerShape.FilledTriangleUp),
        "dm-direct" => ("DM-Direct (predictions)", Blue, MarkerShape.OpenCircle),
        "oracle-matching" => ("oracle matching", Black, MarkerShape.FilledDiamond),
        "partial-retraining" => ("partial retraining", Black, MarkerShape.FilledSquare),
        "gradient-descent" => ("gradient descent", Olive, MarkerShape.FilledTriangleDown),
        "gradient-ascent" => ("gradient ascent", Vermilion, MarkerShape.FilledTriangleUp),
        "ascent-descent" => ("ascent-descent", Orange, MarkerShape.FilledSquare),
        "scrub" => ("SCRUB", Purple, MarkerShape.FilledDiamond),
        _ => (method, Black, MarkerShape.FilledCircle),
    };

    /// <summary>A panel with axes named.</summary>
    public static Plot Panel(string title, string x, string y)
    {
        var plot = new Plot();
        Apply(plot);
        plot.Title(title, 15);
        plot.XLabel(x, 13);
        plot.YLabel(y, 13);
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 12;
        plot.Grid.MajorLineColor = Color.FromHex("#E4E4E4");
        plot.Axes.Right.FrameLineStyle.IsVisible = plot.Axes.Top.FrameLineStyle.IsVisible = false;
        return plot;
    }

    /// <summary>Font and background.</summary>
    public static void Apply(Plot plot)
    {
        plot.Font.Set(Font);
        plot.Legend.FontName = Font;
        plot.Legend.SetBestFontOnEachRender = false;
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.White;
    }

    /// <summary>Makes an axis whose coordinates are logarithms to base 10 show the numbers themselves.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="low">Lower end, as a number.</param>
    /// <param name="high">Upper end.</param>
    /// <param name="steps">Multiples of powers of ten with a label.</param>
    /// <param name="label">Text of a number; by default the number.</param>
    public static void LogAxis(IAxis axis, double low, double high, double[] steps, Func<double, string>? label = null)
    {
        var ticks = new NumericManual();
        for (int power = (int)Math.Floor(Math.Log10(low)); power <= Math.Ceiling(Math.Log10(high)); power++)
        {
            for (int digit = 1; digit < 10; digit++)
            {
                double value = digit * Math.Pow(10, power);
                if (value < low * 0.999 || value > high * 1.001)
                {
                    continue;
                }

                if (steps.Contains(digit))
                {
                    ticks.AddMajor(Math.Log10(value), label?.Invoke(value) ?? Number(value));
                }
                else
                {
                    ticks.AddMinor(Math.Log10(value));
                }
            }
        }

        axis.TickGenerator = ticks;
        axis.Range.Set(Math.Log10(low), Math.Log10(high));
    }

    /// <summary>A number as people write it.</summary>
    public static string Number(double value) => value is >= 1e-4 and < 1e5 ? value.ToString("0.####", CultureInfo.InvariantCulture) : $"1e{Math.Round(Math.Log10(value))}";

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.##} %");

    /// <summary>A legend entry for points, joined by a line or not.</summary>
    public static LegendItem Entry(string text, Color color, MarkerShape marker, float line = 0) => new()
    {
        LabelText = text,
        LabelFontSize = 14,
        LabelFontName = Font,
        LineColor = color,
        LineWidth = line,
        MarkerShape = marker,
        MarkerSize = 10,
        MarkerColor = color,
        MarkerLineWidth = 2,
    };

    /// <summary>A legend entry for a band.</summary>
    public static LegendItem BandEntry(string text, Color color) => new() { LabelText = text, LabelFontSize = 14, LabelFontName = Font, FillColor = color };

    /// <summary>The marker's outline alone.</summary>
    public static MarkerShape Hollow(MarkerShape marker) => marker switch
    {
        MarkerShape.FilledCircle => MarkerShape.OpenCircle,
        MarkerShape.FilledSquare => MarkerShape.OpenSquare,
        MarkerShape.FilledTriangleUp => MarkerShape.OpenTriangleUp,
        MarkerShape.FilledTriangleDown => MarkerShape.OpenTriangleDown,
        MarkerShape.FilledDiamond => MarkerShape.OpenDiamond,
        _ => marker,
    };
}
