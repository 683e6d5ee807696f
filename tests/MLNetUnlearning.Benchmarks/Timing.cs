using System.Diagnostics;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Times alternatives in turn, so that the machine's other work falls on all of them alike.</summary>
internal static class Timing
{
    /// <returns>Median seconds of each action.</returns>
    public static double[] Medians(int repetitions, params Action[] actions)
    {
        var seconds = actions.Select(_ => new List<double>()).ToArray();
        // The first round warms up and is thrown away.
        for (int round = 0; round <= repetitions; round++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                using var scope = NewDisposeScope();
                var clock = Stopwatch.StartNew();
                actions[i]();
                if (round > 0)
                {
                    seconds[i].Add(clock.Elapsed.TotalSeconds);
                }
            }
        }

        return [.. seconds.Select(times => times.Order().ElementAt(times.Count / 2))];
    }
}
