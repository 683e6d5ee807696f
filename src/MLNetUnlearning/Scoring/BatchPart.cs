using System.Runtime.ExceptionServices;

namespace MLNetUnlearning.Scoring;

/// <summary>A part of a cursor's slots on its way from the source to the reader. Used again for later rows.</summary>
/// <param name="batch">Holds the slots.</param>
/// <param name="first">First slot.</param>
internal sealed class BatchPart(Batch batch, int first) : IDisposable
{
    private readonly ManualResetEventSlim done = new();
    private ExceptionDispatchInfo? failure;

    /// <summary>First slot.</summary>
    public int First => first;

    /// <summary>Rows that it holds.</summary>
    public int Rows { get; private set; }

    /// <summary>Whether its rows are scored, or have failed.</summary>
    public bool IsDone => done.IsSet;

    /// <summary>Holds other rows from now on.</summary>
    /// <param name="rows">Their number.</param>
    /// <param name="failed">What went wrong when they were read; nothing is scored then.</param>
    public void Refill(int rows, ExceptionDispatchInfo? failed)
    {
        Rows = rows;
        failure = failed;
        done.Reset();
    }

    /// <summary>Scores the rows. Does not throw: the reader learns of a failure when it comes to these rows.</summary>
    public void Run()
    {
        try
        {
            if (failure is null)
            {
                batch.Compute(first, Rows);
            }
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            done.Set();
        }
    }

    /// <summary>Waits until another thread has run it.</summary>
    public void Wait() => done.Wait();

    /// <summary>Throws what went wrong with these rows.</summary>
    public void ThrowIfFailed() => failure?.Throw();

    public void Dispose() => done.Dispose();
}
