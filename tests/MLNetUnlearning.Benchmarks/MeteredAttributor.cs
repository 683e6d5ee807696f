using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Passes requests on and measures the processor time that they take, over all threads: other work on the machine changes it less than the time that passes.</summary>
internal sealed class MeteredAttributor(IFittedAttributor inner) : IFittedAttributor
{
    /// <summary>Processor seconds of the last request.</summary>
    public double ProcessorSeconds { get; private set; }

    /// <summary>Processor seconds of some work.</summary>
    public static double Measure(Action work)
    {
        // Read anew each time, because a process object keeps the values of its first reading.
        static double Now()
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime.TotalSeconds;
        }

        double before = Now();
        work();
        return Now() - before;
    }

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        LogitChange? change = null;
        ProcessorSeconds = Measure(() => change = inner.Predict(request, progress, cancellationToken));
        return change!;
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds) => inner.Without(rows, forgetRowIds);

    public void Dispose() => inner.Dispose();
}
