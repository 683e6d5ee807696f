using Microsoft.ML.Data;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>The columns of a model's inputs and outputs.</summary>
/// <param name="Inputs">All inputs, with the names of their columns.</param>
/// <param name="Outputs">The outputs that are asked for, with the names of their columns.</param>
/// <param name="FixedRows">Rows that the model takes at once; null for any number.</param>
internal sealed record OnnxMapping(IReadOnlyList<(OnnxTensor Tensor, string Column)> Inputs, IReadOnlyList<(OnnxTensor Tensor, OnnxOutput Column)> Outputs, int? FixedRows)
{
    /// <summary>Joins a model's signature and a caller's names.</summary>
    /// <exception cref="ArgumentException">The model has no such input or output.</exception>
    /// <exception cref="NotSupportedException">A shape or type cannot be scored row by row.</exception>
    public static OnnxMapping Create(OnnxSession session, OnnxScoringOptions options)
    {
        var signature = session.With(native => OnnxSignature.Read(native, options.Outputs.Count == 0 ? null : [.. options.Outputs.Select(output => output.Name)]));
        string? unknown = options.Inputs.FirstOrDefault(input => signature.Inputs.All(tensor => tensor.Name != input.Name))?.Name;
        return unknown is not null
            ? throw new ArgumentException($"The ONNX model has no input '{unknown}'. It has {string.Join(", ", signature.Inputs.Select(tensor => tensor.Name))}.")
            : new OnnxMapping(
                [.. signature.Inputs.Select(tensor => (tensor, options.Inputs.FirstOrDefault(input => input.Name == tensor.Name)?.ColumnName ?? tensor.Name))],
                [.. signature.Outputs.Select(tensor => (tensor, options.Outputs.FirstOrDefault(output => output.Name == tensor.Name) ?? new OnnxOutput(tensor.Name, tensor.Name)))],
                signature.FixedRows);
    }

    /// <summary>Type of an output's column.</summary>
    public static DataViewType TypeOf((OnnxTensor Tensor, OnnxOutput Column) output) => output.Tensor.ColumnType(output.Column.AsVector);

    /// <summary>The error for a column that an input cannot be fed with.</summary>
    public static ArgumentException WrongType(string column, string found, OnnxTensor input) => new(
        $"Column '{column}' is {found}, but input '{input.Name}' of the ONNX model takes {input.Describe()} a row. Bring the column into this form first (ConvertType, Concatenate), or name another one.");

    /// <summary>The error for a missing column.</summary>
    public static ArgumentException Missing(string column, OnnxTensor input) => new(
        $"There is no column '{column}' for input '{input.Name}' of the ONNX model, which takes {input.Describe()} a row. Name the column in the inputs of ScoreOnnx.");
}
