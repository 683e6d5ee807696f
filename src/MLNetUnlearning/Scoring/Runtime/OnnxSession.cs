using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>An ONNX model in ONNX Runtime. Safe to share between threads, also with a thread that disposes it.</summary>
internal sealed class OnnxSession : IDisposable
{
    private const string CudaProvider = "CUDAExecutionProvider";
    private readonly InferenceSession session;
    private readonly RunOptions run = new();
    private readonly RunMemoryPool memories = new();
    private readonly UseGate gate;

    private OnnxSession(InferenceSession session, bool onGpu, Type owner)
    {
        this.session = session;
        OnGpu = onGpu;
        gate = new UseGate(owner, Free);
    }

    /// <summary>Whether the model runs on a GPU, so that what it reads is copied there.</summary>
    public bool OnGpu { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="model">Content of the file.</param>
    /// <param name="options">Where it runs.</param>
    /// <param name="environment">MLContext or one of its hosts, for settings that the options leave open and for the log.</param>
    /// <param name="owner">Type named when a disposed model is used.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot load the model.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public static OnnxSession Open(byte[] model, ScoringOptions options, IHostEnvironment environment, Type owner)
    {
        var request = GpuRequest.Of(options, environment);
        if (request.CudaDevice is { } device)
        {
            string obstacle;
            try
            {
                if (ObstacleToCuda() is not { } missing)
                {
                    return new OnnxSession(Load(model, options, device), onGpu: true, owner);
                }

                obstacle = missing;
            }
            catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
            {
                obstacle = e.Message;
            }

            if (!request.FallbackToCpu)
            {
                throw Unavailable(device, obstacle);
            }

            using var channel = environment.Start("Scoring");
            channel.Warning(MessageSensitivity.None, $"{Refused(device, obstacle)} The CPU is used instead.");
        }

        try
        {
            return new OnnxSession(Load(model, options, null), onGpu: false, owner);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"ONNX Runtime cannot load the model: {e.Message}", e);
        }
    }

    /// <summary>Throws if CUDA is asked for, this build of ONNX Runtime has none, and the CPU may not take over: before anything else is done.</summary>
    /// <exception cref="InvalidOperationException">That is so.</exception>
    public static void ThrowIfUnavailable(ScoringOptions options, IHostEnvironment environment)
    {
        if (GpuRequest.Of(options, environment) is { CudaDevice: { } device, FallbackToCpu: false } && ObstacleToCuda() is { } obstacle)
        {
            throw Unavailable(device, obstacle);
        }
    }

    /// <summary>Uses the session, which is not freed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public T With<T>(Func<InferenceSession, T> use)
    {
        using var _ = gate.Enter();
        return use(session);
    }

    /// <summary>Runs the model on bound values.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Run(OrtIoBinding binding)
    {
        using var _ = gate.Enter();
        session.RunWithBinding(run, binding);
    }

    /// <summary>Memory to run the model with; to be given back with <see cref="Return"/>.</summary>
    /// <param name="inputs">All inputs.</param>
    /// <param name="outputs">The outputs that are asked for.</param>
    /// <param name="shape">Rows.</param>
    public RunMemory Rent(IReadOnlyList<OnnxTensor> inputs, IReadOnlyList<OnnxTensor> outputs, BatchShape shape) =>
        memories.Take(outputs, shape) ?? new RunMemory(this, inputs, outputs, shape);

    /// <summary>Takes memory back, when nothing reads or writes it any more.</summary>
    public void Return(RunMemory memory)
    {
        if (!memory.CanBeKept || !gate.TryEnter(out var use))
        {
            memory.Dispose();
            return;
        }

        using (use)
        {
            memories.Add(memory);
        }
    }

    /// <summary>Throws if the model was disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void ThrowIfDisposed() => gate.Enter().Dispose();

    public void Dispose() => gate.Dispose();

    private static InferenceSession Load(byte[] model, ScoringOptions options, int? cudaDevice)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = options.IntraOpThreads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        // Threads that wait in a loop for the next batch take the cores that read it.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        if (cudaDevice is { } device)
        {
            settings.AppendExecutionProvider_CUDA(device);
        }

        return new InferenceSession(model, settings);
    }

    // Null if this build of ONNX Runtime has CUDA; whether there is a device shows when a model is loaded.
    private static string? ObstacleToCuda()
    {
        string[] providers = OrtEnv.Instance().GetAvailableProviders();
        return providers.Contains(CudaProvider) ? null : $"ONNX Runtime here has no CUDA provider (it has {string.Join(", ", providers)}).";
    }

    private static string Refused(int device, string obstacle) => $"Scoring on CUDA device {device} was asked for, but cannot be done: {obstacle}";

    private static InvalidOperationException Unavailable(int device, string obstacle) => new(
        $"{Refused(device, obstacle)} Reference Microsoft.ML.OnnxRuntime.Gpu instead of Microsoft.ML.OnnxRuntime and install CUDA, or set FallbackToCpu on the MLContext or in ScoringOptions.");

    private void Free()
    {
        memories.Dispose();
        run.Dispose();
        session.Dispose();
    }
}
