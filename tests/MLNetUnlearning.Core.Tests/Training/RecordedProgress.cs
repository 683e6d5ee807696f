using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>Keeps the reports, in order; unlike <see cref="Progress{T}"/> on the reporting thread itself.</summary>
internal sealed class RecordedProgress : IProgress<WorkProgress>
{
    private readonly List<WorkProgress> reports = [];

    public IReadOnlyList<WorkProgress> Reports => reports;

    public Action OnReport { get; init; } = () => { };

    public void Report(WorkProgress value)
    {
        lock (reports)
        {
            reports.Add(value);
        }

        OnReport();
    }
}
