namespace MLNetUnlearning.Scoring;

/// <summary>Where and how models score rows.</summary>
public sealed class ScoringOptions
{
    // Reading and serving a row costs a tenth or so of scoring it, and one thread does that.
    private const int MaximumDefaultWorkers = 8;

    /// <summary>
    /// What runs the model. Default <see cref="ScoringProvider.Auto"/>. TorchSharp scores on the process's device (<see cref="Native.DeviceSpec"/>); to ask for another one with that engine is an error.
    /// </summary>
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
    /// Most threads that run the model for one reader at the same time, each on a batch of its own, the reader's thread among them; at least 1. Rows come in the same order with the same bits, and twice
    /// as many batches are held in memory. The rows themselves are read on the reader's thread alone. Default null: one per processor, at most 8; 1 on a GPU, with the TorchSharp engine, and where
    /// <see cref="IntraOpThreads"/> is not 1. <c>GetRowCursorSet</c> divides them among its cursors.
    /// </summary>
    public int? MaxWorkers { get; set; }

    /// <summary>
    /// Threads within one run. Default 1; 0 takes all cores. More than one serves single rows of large networks: over many rows it is better to score several batches at once (<see cref="MaxWorkers"/>).
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
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers ?? 1, 1, nameof(MaxWorkers));
        ArgumentOutOfRangeException.ThrowIfNegative(IntraOpThreads);
    }

    /// <summary>Most threads that run a model in ONNX Runtime for one reader.</summary>
    /// <param name="onGpu">Whether the model runs on a GPU.</param>
    internal int Workers(bool onGpu) => MaxWorkers ?? (onGpu || IntraOpThreads != 1 ? 1 : Math.Min(Environment.ProcessorCount, MaximumDefaultWorkers));

    /// <summary>A copy that later changes to this object do not reach.</summary>
    internal ScoringOptions Clone() => (ScoringOptions)MemberwiseClone();
}
