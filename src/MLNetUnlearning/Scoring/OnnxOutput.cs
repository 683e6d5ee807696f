namespace MLNetUnlearning.Scoring;

/// <summary>An output of an ONNX model and the column that receives it.</summary>
/// <param name="Name">Name of the output in the model.</param>
/// <param name="ColumnName">The column.</param>
public sealed record OnnxOutput(string Name, string ColumnName)
{
    /// <summary>Whether one value a row makes a vector of one slot, as in ML.NET's own ONNX step, instead of a scalar. Default false. Larger outputs are vectors always.</summary>
    public bool AsVector { get; init; }
}
