namespace MLNetUnlearning.Onnx;

/// <summary>The model, or a step of its pipeline, cannot be written as one ONNX file. Nothing has been written.</summary>
public sealed class UnsupportedOnnxExportException : NotSupportedException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is not supported, and what is.</param>
    public UnsupportedOnnxExportException(string message) : base(message)
    {
    }

    internal UnsupportedOnnxExportException(string element, string operation, string message) : base(message)
    {
        Element = element;
        Operation = operation;
    }

    /// <summary>The network's node or the pipeline's column that cannot be exported; null if it is the model as a whole.</summary>
    public string? Element { get; }

    /// <summary>The operation or pipeline step that makes it, by type name; null if it is the model as a whole.</summary>
    public string? Operation { get; }
}
