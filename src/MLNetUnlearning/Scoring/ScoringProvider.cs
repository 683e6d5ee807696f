namespace MLNetUnlearning.Scoring;

/// <summary>What runs a model.</summary>
public enum ScoringProvider
{
    /// <summary>CUDA if <see cref="ScoringOptions.DeviceId"/> or the MLContext's <c>GpuDeviceId</c> names a device, otherwise the CPU; as ML.NET's own ONNX step does.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A CUDA device.</summary>
    Cuda,
}
