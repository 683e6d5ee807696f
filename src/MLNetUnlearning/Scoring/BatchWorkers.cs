namespace MLNetUnlearning.Scoring;

/// <summary>
/// Runs parts in the order in which they were submitted, on threads of the pool and on the reader's own whenever it would wait. So a part never waits for a pool that is busy, and one worker needs no
/// other thread at all.
/// </summary>
/// <param name="workers">Most threads, the reader's among them.</param>
internal sealed class BatchWorkers(int workers) : IThreadPoolWorkItem
{
    private readonly Lock sync = new();
    private readonly Queue<BatchPart> waiting = new();
    private int helpers;

    /// <summary>Has a part run.</summary>
    public void Submit(BatchPart part)
    {
        lock (sync)
        {
            waiting.Enqueue(part);
            if (helpers == workers - 1)
            {
                return;
            }

            helpers++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Returns when a submitted part is done; meanwhile runs what waits.</summary>
    public void Finish(BatchPart part)
    {
        while (!part.IsDone)
        {
            if (Take(helper: false) is { } next)
            {
                next.Run();
            }
            else
            {
                part.Wait();
            }
        }
    }

    /// <summary>Returns when no submitted part is run any more; those that still wait never are.</summary>
    /// <param name="submitted">The parts that were submitted and not finished.</param>
    public void Stop(IEnumerable<BatchPart> submitted)
    {
        BatchPart[] dropped;
        lock (sync)
        {
            dropped = [.. waiting];
            waiting.Clear();
        }

        foreach (var part in submitted.Except(dropped))
        {
            part.Wait();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (Take(helper: true) is { } part)
        {
            part.Run();
        }
    }

    private BatchPart? Take(bool helper)
    {
        lock (sync)
        {
            if (waiting.TryDequeue(out var part))
            {
                return part;
            }

            helpers -= helper ? 1 : 0;
            return null;
        }
    }
}
