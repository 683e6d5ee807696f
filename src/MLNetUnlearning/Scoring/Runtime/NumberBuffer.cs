using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>A buffer of numbers or Booleans, which ONNX Runtime reads and writes in place.</summary>
/// <param name="tensor">The input or output.</param>
/// <param name="capacity">Most rows.</param>
internal sealed class NumberBuffer<T>(OnnxTensor tensor, int capacity) : TypedBuffer<T>(tensor, GC.AllocateArray<T>(checked(capacity * tensor.Width), pinned: true))
    where T : unmanaged
{
    public override OrtValue CreateView(int first, int rows) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Values.AsMemory(first * Tensor.Width, rows * Tensor.Width), Tensor.Shape(rows));
}
