using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>A buffer of texts. ONNX Runtime keeps its own, as UTF-8, so they are copied; each text that comes out is a string of its own.</summary>
/// <param name="tensor">The input or output.</param>
/// <param name="capacity">Most rows.</param>
internal sealed class TextBuffer(OnnxTensor tensor, int capacity) : TypedBuffer<ReadOnlyMemory<char>>(tensor, new ReadOnlyMemory<char>[checked(capacity * tensor.Width)])
{
    public override OrtValue CreateView(int first, int rows) => OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, Tensor.Shape(rows));

    public override void CopyTo(OrtValue view, int first)
    {
        int offset = first * Tensor.Width;
        for (int i = 0; i < Count(view); i++)
        {
            view.StringTensorSetElementAt(Values[offset + i].Span, i);
        }
    }

    public override void CopyFrom(OrtValue view, int first)
    {
        int offset = first * Tensor.Width;
        for (int i = 0; i < Count(view); i++)
        {
            Values[offset + i] = view.GetStringElementAsMemory(i);
        }
    }

    private static int Count(OrtValue view) => (int)view.GetTensorTypeAndShape().ElementCount;
}
