namespace MLNetUnlearning.Scoring;

/// <summary>An input of an ONNX model and the column that feeds it.</summary>
/// <param name="Name">Name of the input in the model.</param>
/// <param name="ColumnName">The column: a scalar or a vector of known size with as many values a row as the input has, of the input's type. Keys feed inputs of their raw type, from 1, 0 for missing.</param>
public sealed record OnnxInput(string Name, string ColumnName);
