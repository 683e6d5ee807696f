using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Values of one input or output for a batch of rows, in memory that ONNX Runtime reads or writes itself.</summary>
/// <param name="tensor">The input or output.</param>
internal abstract class TensorBuffer(OnnxTensor tensor)
{
    /// <summary>The input or output.</summary>
    public OnnxTensor Tensor => tensor;

    /// <summary>Creates a buffer.</summary>
    /// <param name="tensor">The input or output.</param>
    /// <param name="capacity">Most rows.</param>
    public static TensorBuffer Create(OnnxTensor tensor, int capacity) => tensor.Item is TextDataViewType
        ? new TextBuffer(tensor, capacity)
        : (TensorBuffer)Activator.CreateInstance(typeof(NumberBuffer<>).MakeGenericType(tensor.Item.RawType), tensor, capacity)!;

    /// <summary>Forgets all values.</summary>
    public abstract void Clear();

    /// <summary>ONNX Runtime's handle on consecutive rows; the caller disposes it.</summary>
    public abstract OrtValue CreateView(int first, int rows);

    /// <summary>Brings values that live outside of ONNX Runtime's memory into a view before a run.</summary>
    /// <param name="view">The view.</param>
    /// <param name="first">Its first row.</param>
    public virtual void CopyTo(OrtValue view, int first)
    {
    }

    /// <summary>Takes values out of a view after a run.</summary>
    /// <param name="view">The view.</param>
    /// <param name="first">Its first row.</param>
    public virtual void CopyFrom(OrtValue view, int first)
    {
    }

    /// <summary>Creates a delegate that reads the current row of a column into a slot.</summary>
    public abstract Action<int> CreateReader(DataViewRow source, DataViewSchema.Column column);

    /// <summary>Creates a getter of the value in the slot that is current when it is called.</summary>
    /// <param name="asVector">Whether one value a row makes a vector.</param>
    /// <param name="slot">Gives the slot.</param>
    public abstract Delegate CreateGetter(bool asVector, Func<int> slot);
}
