using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>Sends rows through a step and reads what it makes of them.</summary>
/// <typeparam name="TIn">Type of the elements before the step.</typeparam>
/// <typeparam name="TOut">Type of the elements behind it.</typeparam>
internal sealed class StepProbe<TIn, TOut> : IDisposable
{
    private readonly ProbeRow<TIn> source;
    private readonly DataViewRow row;
    private readonly Func<TOut[]> read;

    /// <param name="made">The column that is read.</param>
    /// <exception cref="UnsupportedOnnxExportException">A column that it is made of has another type.</exception>
    public StepProbe(MadeColumn made)
    {
        foreach (var column in made.Sources.Where(column => ColumnShape.Of(column).Item != typeof(TIn)))
        {
            throw made.Unsupported($"it is made of column '{column.Name}', which is {column.Type} here where the step reads {typeof(TIn).Name}; give rows like those the model was trained on");
        }

        source = new ProbeRow<TIn>(made.Before, made.Sources);
        row = made.Mapper.GetRow(source, [made.Output]);
        if (made.Output.Type is VectorDataViewType)
        {
            var getter = row.GetGetter<VBuffer<TOut>>(made.Output);
            VBuffer<TOut> buffer = default;
            read = () =>
            {
                getter(ref buffer);
                return [.. buffer.DenseValues()];
            };
        }
        else
        {
            var getter = row.GetGetter<TOut>(made.Output);
            TOut value = default!;
            read = () =>
            {
                getter(ref value);
                return [value];
            };
        }
    }

    /// <summary>The columns that are filled.</summary>
    public IReadOnlyList<ProbeBlock> Blocks => source.Blocks;

    /// <summary>Number of slots that are filled.</summary>
    public int Width => source.Values.Length;

    /// <summary>Sends one row.</summary>
    /// <param name="valueOfSlot">Value of each slot.</param>
    /// <returns>What the step makes of it.</returns>
    public TOut[] Run(Func<int, TIn> valueOfSlot)
    {
        for (int i = 0; i < source.Values.Length; i++)
        {
            source.Values[i] = valueOfSlot(i);
        }

        source.MoveNext();
        return read();
    }

    public void Dispose()
    {
        row.Dispose();
        source.Dispose();
    }
}
