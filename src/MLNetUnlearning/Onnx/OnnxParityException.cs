namespace MLNetUnlearning.Onnx;

/// <summary>The ONNX form of a model does not score the sample rows like the model itself. Nothing has been written.</summary>
public sealed class OnnxParityException : InvalidOperationException
{
    internal OnnxParityException(string message, OnnxExportReport? report) : base(message) => Report = report;

    /// <summary>How the two compared; null if there was nothing to compare.</summary>
    public OnnxExportReport? Report { get; }
}
