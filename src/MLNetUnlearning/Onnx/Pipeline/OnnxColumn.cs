using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A column of the pipeline as a value of the graph, always [batch, width].</summary>
/// <param name="Value">Name in the graph.</param>
/// <param name="Type">Type of the elements. Keys are 64-bit integers, 0 the missing one.</param>
/// <param name="Width">Number of slots; 1 for a scalar column.</param>
internal sealed record OnnxColumn(string Value, TensorProto.Types.DataType Type, int Width);
