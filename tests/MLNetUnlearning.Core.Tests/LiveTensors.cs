using TorchSharp;

namespace MLNetUnlearning.Core.Tests;

/// <summary>Counts tensors that nobody disposed. They wait for the garbage collector, which does not see their native memory.</summary>
internal static class LiveTensors
{
    /// <summary>Tensors, of all threads, that so many calls leave alive. Parameters count as left, because they take over another tensor's memory.</summary>
    public static long LeftBy(Action work, int times) => Left(() => torch.Tensor.TotalCount, work, times);

    /// <summary>Tensors of this thread that so many calls leave alive; right for parameters too.</summary>
    public static long LeftOnThisThreadBy(Action work, int times) => Left(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount, work, times);

    private static long Left(Func<long> live, Action work, int times)
    {
        // Once before, for what is made once and kept. Then no collection may run meanwhile, because it would hide leaks.
        work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.IsTrue(GC.TryStartNoGCRegion(100_000_000));
        try
        {
            long before = live();
            for (int i = 0; i < times; i++)
            {
                work();
            }

            return live() - before;
        }
        finally
        {
            GC.EndNoGCRegion();
        }
    }
}
