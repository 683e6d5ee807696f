namespace MLNetUnlearning.Verification;

/// <summary>Compares weighted scores of two kinds by their ranks.</summary>
internal sealed class RankComparison
{
    private readonly List<double> positives = [];
    private readonly List<double> negatives = [];
    private readonly List<double> weights = [];

    /// <summary>Adds a score of either kind, with the same weight. Call before any question.</summary>
    public void Add(double positive, double negative, double weight)
    {
        positives.Add(positive);
        negatives.Add(negative);
        weights.Add(weight);
    }

    /// <summary>Probability that a positive is above a negative, ties counting half (Mann and Whitney).</summary>
    public double Auc()
    {
        var (above, aboveWeights) = Sorted(positives);
        var (below, belowWeights) = Sorted(negatives);
        double passed = 0, sum = 0, total = weights.Sum();
        int next = 0;
        for (int i = 0; i < above.Length; i++)
        {
            for (; next < below.Length && below[next] < above[i]; next++)
            {
                passed += belowWeights[next];
            }

            double ties = 0;
            for (int tie = next; tie < below.Length && below[tie] == above[i]; tie++)
            {
                ties += belowWeights[tie];
            }

            sum += aboveWeights[i] * (passed + 0.5 * ties);
        }

        return sum / (total * total);
    }

    /// <summary>Share of positives above a quantile of the negatives.</summary>
    public double ShareAbove(double quantile)
    {
        double threshold = Quantile(quantile);
        return Share(score => score > threshold);
    }

    /// <summary>Share of positives below a quantile of the negatives.</summary>
    public double ShareBelow(double quantile)
    {
        double threshold = Quantile(quantile);
        return Share(score => score < threshold);
    }

    private double Quantile(double share)
    {
        var (scores, sortedWeights) = Sorted(negatives);
        double wanted = share * weights.Sum(), reached = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            reached += sortedWeights[i];
            // The sum of many equal weights comes out a hair beside the wanted share.
            if (reached >= wanted * (1 - 1e-9))
            {
                return scores[i];
            }
        }

        return scores[^1];
    }

    private double Share(Func<double, bool> condition)
    {
        double sum = 0;
        for (int i = 0; i < positives.Count; i++)
        {
            sum += condition(positives[i]) ? weights[i] : 0;
        }

        return sum / weights.Sum();
    }

    private (double[] Scores, double[] Weights) Sorted(List<double> scores)
    {
        double[] keys = [.. scores], values = [.. weights];
        Array.Sort(keys, values);
        return (keys, values);
    }
}
