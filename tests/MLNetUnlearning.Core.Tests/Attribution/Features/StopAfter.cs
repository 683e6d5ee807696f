using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Attribution.Features;

/// <summary>Cancels after so many reports.</summary>
internal sealed class StopAfter(CancellationTokenSource source, int reports) : IProgress<WorkProgress>
{
    private int left = reports;

    public void Report(WorkProgress value)
    {
        if (--left == 0)
        {
            source.Cancel();
        }
    }
}
