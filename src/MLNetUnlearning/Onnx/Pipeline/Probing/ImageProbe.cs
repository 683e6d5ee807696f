using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>Sends pictures through a step and reads the numbers that it makes of them.</summary>
/// <typeparam name="T">Type of the elements behind the step.</typeparam>
internal sealed class ImageProbe<T> : IDisposable
{
    private readonly ProbePicture source;
    private readonly DataViewRow row;
    private readonly ValueGetter<VBuffer<T>> getter;

    /// <param name="made">The column that is read, made of one column of pictures.</param>
    public ImageProbe(MadeColumn made)
    {
        source = new ProbePicture(made.Before, made.OnlySource);
        row = made.Mapper.GetRow(source, [made.Output]);
        getter = row.GetGetter<VBuffer<T>>(made.Output);
    }

    /// <summary>Number of pixels of a picture.</summary>
    public int Pixels => source.Pixels;

    /// <summary>Sends a picture of bytes red, green, blue, alpha that are all 0 but for one.</summary>
    /// <param name="at">Position of the byte that is 255; below 0 for none.</param>
    /// <returns>What the step makes of it.</returns>
    public T[] Run(int at)
    {
        byte[] bytes = new byte[Pixels * ImageColumn.Channels];
        if (at >= 0)
        {
            bytes[at] = byte.MaxValue;
        }

        source.MoveNext(bytes);
        VBuffer<T> buffer = default;
        getter(ref buffer);
        return [.. buffer.DenseValues()];
    }

    public void Dispose() => row.Dispose();
}
