namespace MLNetUnlearning.Onnx;

/// <summary>The ONNX form of a model does not score the sample rows like the model itself. Nothing has been written.</summary>
public sealed class OnnxParityException : InvalidOperationException
{
    internal OnnxParityException(string message, OnnxExportReport? report, string? step = null, string? column = null) : base(message)
    {
        Report = report;
        Step = step;
        Column = column;
    }

    /// <summary>The first step that differs, by type name without the word Transformer; null if all steps before the network agree, or there was nothing to compare.</summary>
    public string? Step { get; }

    /// <summary>The column of that step that differs; null if there is none.</summary>
    public string? Column { get; }

    /// <summary>How the two compared; null if there was nothing to compare.</summary>
    public OnnxExportReport? Report { get; }
}
