using System.Diagnostics;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Times ways to score in turn, by the clock and by the processor time that the process used. On a busy machine the first says little; the second counts the same work, however many cores did it.
/// </summary>
internal sealed class ScoringRates
{
    private readonly double[][] clock, processor;

    /// <param name="scorers">The ways.</param>
    /// <param name="rows">Rows of a pass.</param>
    /// <param name="rounds">Rounds that count; one more goes before them.</param>
    public ScoringRates(IReadOnlyList<ScoringWay> scorers, int rows, int rounds)
    {
        clock = [.. scorers.Select(_ => new double[rounds])];
        processor = [.. scorers.Select(_ => new double[rounds])];
        var process = Process.GetCurrentProcess();
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < scorers.Count; i++)
            {
                process.Refresh();
                var before = process.TotalProcessorTime;
                var watch = Stopwatch.StartNew();
                for (int pass = 0; pass < scorers[i].Passes; pass++)
                {
                    scorers[i].Read();
                }

                double seconds = watch.Elapsed.TotalSeconds;
                process.Refresh();
                if (round >= 0)
                {
                    double scored = (double)scorers[i].Passes * rows;
                    clock[i][round] = scored / seconds;
                    processor[i][round] = scored / (process.TotalProcessorTime - before).TotalSeconds;
                }
            }
        }
    }

    /// <summary>Median rows a second.</summary>
    public double PerSecond(int scorer) => Median(clock[scorer]);

    /// <summary>Median rows a second of processor time.</summary>
    public double PerProcessorSecond(int scorer) => Median(processor[scorer]);

    /// <summary>Median over rounds of a scorer's rate over the faster of two others in the same round.</summary>
    public double Ratio(int scorer, int first, int second) => Ratio(clock, scorer, first, second);

    /// <summary>The same in processor time.</summary>
    public double ProcessorRatio(int scorer, int first, int second) => Ratio(processor, scorer, first, second);

    private static double Ratio(double[][] rates, int scorer, int first, int second) => Median([.. rates[scorer].Select((rate, round) => rate / Math.Max(rates[first][round], rates[second][round]))]);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
