namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>Where a column's values are in a <see cref="ProbeRow{T}"/>.</summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Index">Index of the column in the schema.</param>
/// <param name="First">Position of its first slot.</param>
/// <param name="Width">Number of its slots.</param>
internal readonly record struct ProbeBlock(string Name, int Index, int First, int Width);
