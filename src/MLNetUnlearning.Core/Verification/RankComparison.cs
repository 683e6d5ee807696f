namespace MLNetUnlearning.Verification;

/// <summary>Compares weighted scores of two kinds by their ranks.</summary>
internal sealed class RankComparison
{
    private readonly List<(double Score, double Weight, bool IsPositive)> scores = [];

    /// <summary>Adds a score of either kind, with the same weight.</summary>
    public void Add(double positive, double negative, double weight)
    {
        scores.Add((positive, weight, true));
        scores.Add((negative, weight, false));
    }

    /// <summary>Probability that a positive is above a negative, ties counting half (Mann and Whitney).</summary>
    public double Auc()
    {
        double below = 0, sum = 0, positives = 0;
        foreach (var ties in scores.GroupBy(score => score.Score).OrderBy(group => group.Key))
        {
            double positive = ties.Where(score => score.IsPositive).Sum(score => score.Weight), negative = ties.Where(score => !score.IsPositive).Sum(score => score.Weight);
            sum += positive * (below + 0.5 * negative);
            below += negative;
            positives += positive;
        }

        return sum / (below * positives);
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
        var negatives = scores.Where(score => !score.IsPositive).OrderBy(score => score.Score).ToArray();
        double wanted = share * negatives.Sum(score => score.Weight), reached = 0;
        foreach (var score in negatives)
        {
            reached += score.Weight;
            // The sum of many equal weights comes out a hair beside the wanted share.
            if (reached >= wanted * (1 - 1e-9))
            {
                return score.Score;
            }
        }

        return negatives[^1].Score;
    }

    private double Share(Func<double, bool> condition)
    {
        var positives = scores.Where(score => score.IsPositive).ToArray();
        return positives.Where(score => condition(score.Score)).Sum(score => score.Weight) / positives.Sum(score => score.Weight);
    }
}
