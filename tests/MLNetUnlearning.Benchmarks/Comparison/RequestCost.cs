using System.Diagnostics;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>What a piece of work takes.</summary>
/// <param name="ProcessorSeconds">Processor time over all threads: other work on the machine changes it less than the time that passes.</param>
/// <param name="Seconds">Time that passes.</param>
internal sealed record RequestCost(double ProcessorSeconds, double Seconds)
{
    /// <summary>Measures some work: three times and the median if it is short, after a first time that warms up.</summary>
    public static RequestCost Of(Action work)
    {
        var first = Once(work);
        if (first.Seconds > 5)
        {
            return first;
        }

        RequestCost[] again = [Once(work), Once(work), Once(work)];
        return again.OrderBy(cost => cost.ProcessorSeconds).ElementAt(1);
    }

    private static RequestCost Once(Action work)
    {
        var clock = Stopwatch.StartNew();
        double processor = MeteredAttributor.Measure(work);
        return new(processor, clock.Elapsed.TotalSeconds);
    }
}
