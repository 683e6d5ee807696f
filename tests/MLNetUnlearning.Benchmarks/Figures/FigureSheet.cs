using ScottPlot;
using SkiaSharp;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>Panels in a grid under one title, with one legend below all of them, as PNG and SVG.</summary>
/// <param name="title">Above the panels.</param>
/// <param name="columns">Panels side by side.</param>
/// <param name="legend">Entries of the legend.</param>
internal sealed class FigureSheet(string title, int columns, IReadOnlyList<LegendItem> legend)
{
    private const int Width = 1200, TitleHeight = 48, Gap = 8;

    private readonly List<Plot> panels = [];

    /// <summary>Height of the whole, in pixels.</summary>
    public int Height { get; init; } = 750;

    /// <summary>Height of the legend's strip, in pixels.</summary>
    public int LegendHeight { get; init; } = 60;

    /// <summary>Adds a panel.</summary>
    public void Add(Plot panel) => panels.Add(panel);

    /// <summary>Writes <c>name.png</c> and <c>name.svg</c>.</summary>
    public void Save(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        using (var surface = SKSurface.Create(new SKImageInfo(Width, Height)))
        {
            Draw(surface.Canvas);
            using var image = surface.Snapshot();
            using var data = image.Encode(SKEncodedImageFormat.Png, 100);
            using var png = File.Create(Path.Combine(folder, $"{name}.png"));
            data.SaveTo(png);
        }

        using var svg = File.Create(Path.Combine(folder, $"{name}.svg"));
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), svg);
        Draw(canvas);
    }

    private void Draw(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        using (var font = new SKFont(SKTypeface.FromFamilyName(FigureStyle.Font, SKFontStyle.Bold), 20))
        using (var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true })
        {
            canvas.DrawText(title, Width / 2f, 32, SKTextAlign.Center, font, paint);
        }

        int rows = (panels.Count + columns - 1) / columns;
        float width = Width / (float)columns, height = (Height - TitleHeight - LegendHeight) / (float)rows;
        for (int i = 0; i < panels.Count; i++)
        {
            float left = i % columns * width, top = TitleHeight + (i / columns * height);
            // A plot clears the whole canvas before it draws: let it have its own part alone.
            canvas.Save();
            canvas.ClipRect(new SKRect(left, top, left + width, top + height));
            panels[i].Render(canvas, new PixelRect(left + Gap, left + width - Gap, top + height - Gap, top));
            canvas.Restore();
        }

        DrawLegend(canvas);
    }

    private void DrawLegend(SKCanvas canvas)
    {
        if (legend.Count == 0)
        {
            return;
        }

        using var holder = new Plot();
        FigureStyle.Apply(holder);
        holder.Legend.Orientation = Orientation.Horizontal;
        holder.Legend.TightHorizontalWrapping = true;
        holder.Legend.OutlineWidth = 0;
        holder.Legend.ShadowColor = Colors.Transparent;
        holder.Legend.FontSize = 14;
        holder.Legend.SymbolWidth = 26;
        holder.Legend.InterItemPadding = new PixelPadding(14, 14, 4, 4);
        holder.Legend.DisplayPlottableLegendItems = false;
        holder.Legend.ManualItems.AddRange(legend);
        using var paint = Paint.NewDisposablePaint();
        holder.Legend.Render(canvas, paint, new PixelRect(20, Width - 20, Height - 4, Height - LegendHeight), Alignment.MiddleCenter);
    }
}
