namespace MLNetUnlearning.Scoring;

/// <summary>The library that runs trained networks when rows are scored.</summary>
public enum ScoringEngine
{
    /// <summary>ONNX Runtime, the faster one for convolutions and single rows.</summary>
    OnnxRuntime,

    /// <summary>TorchSharp, which training and unlearning use in any case.</summary>
    TorchSharp,
}
