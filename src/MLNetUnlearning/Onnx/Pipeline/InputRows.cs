using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Collects a column of sample rows for ONNX Runtime.</summary>
internal abstract class InputRows
{
    /// <summary>Starts the collection of one column.</summary>
    public static InputRows Create(DataViewSchema.Column column)
    {
        var shape = ColumnShape.Of(column);
        return (InputRows)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(shape.Item), column, shape.Width)!;
    }

    /// <summary>Prepares to read from a cursor.</summary>
    public abstract void Bind(DataViewRow row);

    /// <summary>Takes the value of the cursor's row.</summary>
    public abstract void Take();

    /// <summary>The rows taken, [rows, width].</summary>
    public abstract OrtValue ToValue();

    private sealed class Typed<T>(DataViewSchema.Column column, int width) : InputRows where T : unmanaged
    {
        private readonly List<T> values = [];
        private Action read = () => { };

        public override void Bind(DataViewRow row)
        {
            if (column.Type is VectorDataViewType)
            {
                var getter = row.GetGetter<VBuffer<T>>(column);
                VBuffer<T> buffer = default;
                read = () =>
                {
                    getter(ref buffer);
                    values.AddRange(buffer.DenseValues());
                };
            }
            else
            {
                var getter = row.GetGetter<T>(column);
                read = () =>
                {
                    T value = default;
                    getter(ref value);
                    values.Add(value);
                };
            }
        }

        public override void Take() => read();

        public override OrtValue ToValue() => OrtValue.CreateTensorValueFromMemory(values.ToArray(), [values.Count / width, width]);
    }
}
