using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>A row with a chosen picture.</summary>
internal sealed class ProbePicture : DataViewRow
{
    private readonly DataViewSchema.Column column;
    private byte[] bytes;
    private long position = -1;

    /// <param name="schema">Columns of the row.</param>
    /// <param name="column">The one that is filled.</param>
    public ProbePicture(DataViewSchema schema, DataViewSchema.Column column)
    {
        Schema = schema;
        this.column = column;
        (Height, Width) = ImageColumn.SizeOf(column);
        bytes = new byte[Pixels * ImageColumn.Channels];
    }

    /// <summary>Height of the picture.</summary>
    public int Height { get; }

    /// <summary>Width of the picture.</summary>
    public int Width { get; }

    /// <summary>Number of its pixels.</summary>
    public int Pixels => Height * Width;

    public override DataViewSchema Schema { get; }

    public override long Position => position;

    public override long Batch => 0;

    /// <summary>Becomes another row.</summary>
    /// <param name="pixels">The picture, bytes red, green, blue, alpha.</param>
    public void MoveNext(byte[] pixels)
    {
        position++;
        bytes = pixels;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index == this.column.Index;

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)position, 0);

    // The reader disposes of the picture.
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        (ValueGetter<TValue>)(Delegate)(ValueGetter<MLImage>)((ref MLImage value) => value = MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, bytes));
}
