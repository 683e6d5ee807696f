using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>
/// Runs independent pieces of work on threads of their own, each with one intra-op thread: on CPU two such workers beat one computation that is
/// split over two threads. Results must not depend on which worker takes which piece.
/// </summary>
internal static class Workers
{
    /// <param name="count">Number of pieces.</param>
    /// <param name="maxWorkers">Most threads.</param>
    /// <param name="work">Does one piece, given its number, inside a dispose scope of its own.</param>
    public static void Run(int count, int maxWorkers, Action<int> work)
    {
        int next = -1;
        ExceptionDispatchInfo? failure = null;
        void Loop()
        {
            set_num_threads(1);
            while (failure is null)
            {
                int piece = Interlocked.Increment(ref next);
                if (piece >= count)
                {
                    return;
                }

                try
                {
                    using var scope = NewDisposeScope();
                    work(piece);
                }
#pragma warning disable CA1031 // Whatever the work throws is rethrown on the caller's thread below.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                }
            }
        }

        var threads = Enumerable.Range(0, Math.Min(count, maxWorkers)).Select(i => new Thread(Loop) { IsBackground = true, Name = $"MLNetUnlearning worker {i}" }).ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        failure?.Throw();
    }

    /// <summary>Collects one result per piece. If a piece fails or is cancelled, the results made so far are disposed of: they live in no scope.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="maxWorkers">Most threads.</param>
    /// <param name="work">Makes one result that outlives the piece's dispose scope.</param>
    public static T[] Collect<T>(int count, int maxWorkers, Func<int, T> work)
        where T : class, IDisposable
    {
        var results = new T?[count];
        try
        {
            Run(count, maxWorkers, piece => results[piece] = work(piece));
            return results!;
        }
        catch
        {
            foreach (var result in results)
            {
                result?.Dispose();
            }

            throw;
        }
    }
}
