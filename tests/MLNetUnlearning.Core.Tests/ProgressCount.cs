using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests;

/// <summary>Counts reports where they are made; <see cref="Progress{T}"/> would post them to other threads.</summary>
internal sealed class ProgressCount : IProgress<WorkProgress>
{
    private int reports;

    public int Reports => reports;

    public void Report(WorkProgress value) => Interlocked.Increment(ref reports);
}
