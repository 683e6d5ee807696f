namespace MLNetUnlearning.Scoring;

/// <summary>Where and how models score rows.</summary>
public sealed class ScoringOptions
{
    /// <summary>What runs the model. Default <see cref="ScoringProvider.Auto"/>.</summary>
    public ScoringProvider Provider { get; set; } = ScoringProvider.Auto;

    /// <summary>The CUDA device, from 0. Default null: the MLContext's <c>GpuDeviceId</c>, and device 0 where that is null. Ignored with <see cref="ScoringProvider.Cpu"/>.</summary>
    public int? DeviceId { get; set; }

    /// <summary>
    /// Whether the CPU takes over, with one warning in ML.NET's log, where CUDA is asked for and cannot be used; otherwise that is an error. Default null: the MLContext's <c>FallbackToCpu</c>, which is
    /// false unless set.
    /// </summary>
    public bool? FallbackToCpu { get; set; }

    /// <summary>Most rows that the model is run on at once, at least 1. Default null: as many as have 128 KiB of inputs, between 8 and 256. Ignored for ONNX files with a fixed batch axis.</summary>
    public int? BatchSize { get; set; }

    /// <summary>
    /// Threads within one run. Default 1, which serves small networks, prediction engines and parallel cursors best; 0 takes all cores, for large networks that are read through one cursor.
    /// </summary>
    public int IntraOpThreads { get; set; } = 1;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Provider))
        {
            throw new ArgumentOutOfRangeException(nameof(Provider), Provider, "There is no such provider.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(DeviceId ?? 0, nameof(DeviceId));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize ?? 1, 1, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(IntraOpThreads);
    }

    /// <summary>A copy that later changes to this object do not reach.</summary>
    internal ScoringOptions Clone() => (ScoringOptions)MemberwiseClone();
}
