using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>What a model reads and gives.</summary>
/// <param name="Inputs">Inputs, all of which the model needs.</param>
/// <param name="Outputs">The outputs that are asked for.</param>
/// <param name="FixedRows">Rows that the model takes at once, neither more nor fewer; null for any number.</param>
internal sealed record OnnxSignature(IReadOnlyList<OnnxTensor> Inputs, IReadOnlyList<OnnxTensor> Outputs, int? FixedRows)
{
    /// <summary>Reads the signature of a loaded model.</summary>
    /// <param name="session">The model.</param>
    /// <param name="outputs">Names of the outputs that are asked for; null for all.</param>
    /// <exception cref="ArgumentException">There is no such output.</exception>
    /// <exception cref="NotSupportedException">A shape or type cannot be scored row by row.</exception>
    public static OnnxSignature Read(InferenceSession session, IReadOnlyList<string>? outputs)
    {
        string? unknown = outputs?.FirstOrDefault(name => !session.OutputMetadata.ContainsKey(name));
        if (unknown is not null)
        {
            throw new ArgumentException($"The ONNX model has no output '{unknown}'. It has {string.Join(", ", session.OutputNames)}.");
        }

        var inputs = session.InputNames.Select(name => (Name: name, Metadata: session.InputMetadata[name])).ToArray();
        if (inputs.Length == 0)
        {
            throw new NotSupportedException("The ONNX model has no input, so it gives the same for every row.");
        }

        int? rows = null;
        foreach (var (name, metadata) in inputs)
        {
            int[] shape = Check($"Input '{name}'", metadata);
            int? own = shape[0] < 0 ? null : shape.Length == 1 ? 1 : shape[0];
            rows = name == inputs[0].Name || own == rows
                ? own
                : throw new NotSupportedException($"Inputs '{inputs[0].Name}' and '{name}' of the ONNX model have batch axes of different lengths.");
        }

        return new OnnxSignature(
            [.. inputs.Select(input => Tensor($"Input '{input.Name}'", input.Name, input.Metadata, rows))],
            [.. (outputs ?? session.OutputNames).Select(name => Tensor($"Output '{name}'", name, session.OutputMetadata[name], rows))],
            rows);
    }

    private static OnnxTensor Tensor(string what, string name, NodeMetadata metadata, int? rows)
    {
        int[] shape = Check(what, metadata);
        var item = ElementTypes.Of(metadata.ElementDataType, what);
        if (rows is null && shape[0] >= 0)
        {
            throw new NotSupportedException($"{what} of the ONNX model has the fixed shape [{string.Join(", ", shape)}] although the inputs take any number of rows; its first axis must be the batch axis.");
        }

        // Without a batch axis the whole shape is that of the one row.
        bool batched = shape[0] < 0 || (shape[0] == rows && shape.Length > 1);
        if (!batched && rows != 1)
        {
            throw new NotSupportedException($"{what} of the ONNX model has the shape [{string.Join(", ", shape)}], which is not that of {rows} rows.");
        }

        return new OnnxTensor(name, item, batched ? shape[1..] : shape, batched);
    }

    private static int[] Check(string what, NodeMetadata metadata)
    {
        if (!metadata.IsTensor)
        {
            throw new NotSupportedException(
                $"{what} of the ONNX model is a {metadata.OnnxValueType}, not a tensor, so it has no ML.NET column. Name the outputs that you want, or export the model without sequences and maps (ZipMap).");
        }

        int[] shape = metadata.Dimensions;
        if (shape.Length == 0)
        {
            throw new NotSupportedException($"{what} of the ONNX model is a scalar or declares no shape, so rows cannot be told apart in it. Declare it with a batch axis.");
        }

        int dynamic = Array.FindIndex(shape, 1, length => length <= 0);
        return dynamic < 0 && shape[0] != 0
            ? shape
            : throw new NotSupportedException($"{what} of the ONNX model has the shape [{string.Join(", ", shape)}]: axis {Math.Max(dynamic, 0)} has no fixed length. Only the first axis, that of the rows, may be dynamic.");
    }
}
