using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>
/// Grades attribution against real retraining (linear datamodeling score, Park et al. 2023, arXiv 2303.14186, section 2): for every target, Spearman's
/// correlation over random subsets S between the mean true margin of models trained on S and the predicted Σ_{i∈S} τ_i; the mean over targets.
/// </summary>
/// <remarks>It sees ranks only, so a wrong scale of the attribution goes unnoticed, and cross-influence decides it: what a row does to its own output counts little.</remarks>
public static class LinearDatamodelingScore
{
    /// <summary>Grades an attribution.</summary>
    /// <param name="influence">By how much each row raises each target's margin, [targets, rows], as from <see cref="IRowInfluence.RowInfluence"/>; any common factor.</param>
    /// <param name="rows">The rows that the attribution covers.</param>
    /// <param name="models">The retrained models; those that lack the same rows make one subset. At least two subsets.</param>
    /// <param name="margins">Margin of each target under each model, [models, targets], as from <see cref="Verification.Margins.Of"/>.</param>
    /// <param name="options">Bootstrap settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">The sizes do not belong together, there are fewer than two subsets, or a value is not finite.</exception>
    /// <exception cref="RowDataException">A model lacks a row that is unknown.</exception>
    public static LinearDatamodelingResult Compute(Tensor influence, LabeledRows rows, IReadOnlyList<MemberPlan> models, float[,] margins, LinearDatamodelingOptions? options = null)
    {
        options ??= new LinearDatamodelingOptions();
        options.Validate();
        Check(influence, rows, models, margins);
        int[][] subsets = Group(rows, models, out int[][] excluded);
        if (subsets.Length < 2)
        {
            throw new ArgumentException("All models were trained on the same rows, so there is nothing to rank. Give models of at least two subsets.", nameof(models));
        }

        int targets = margins.GetLength(1);
        double[,] predicted = Predict(influence, rows.Count, excluded);
        var truth = new RankedColumn[targets];
        var prediction = new RankedColumn[targets];
        for (int target = 0; target < targets; target++)
        {
            truth[target] = new RankedColumn([.. subsets.Select(members => members.Average(member => (double)margins[member, target]))]);
            prediction[target] = new RankedColumn([.. Enumerable.Range(0, subsets.Length).Select(subset => predicted[subset, target])]);
        }

        int[] once = [.. Enumerable.Repeat(1, subsets.Length)];
        double[] perTarget = [.. truth.Select((column, target) => RankedColumn.Correlation(column, prediction[target], once))];
        double score = perTarget.Average();
        double[] draws = Bootstrap(truth, prediction, subsets.Length, options);
        double tail = 0.5 * (1 - options.Confidence);
        // A draw repeats subsets, and their ties pull rank correlations towards 0: the draws say how wide the interval is, the score where it lies.
        double shift = score - draws.Average();
        double At(double share) => draws[(int)Math.Round(share * (draws.Length - 1))] + shift;
        return new(score, At(tail), At(1 - tail), perTarget, subsets.Length, models.Count, Ceiling(subsets, margins));
    }

    private static void Check(Tensor influence, LabeledRows rows, IReadOnlyList<MemberPlan> models, float[,] margins)
    {
        if (margins.GetLength(0) != models.Count || margins.GetLength(1) == 0 || influence.dim() != 2 || influence.shape[0] != margins.GetLength(1) || influence.shape[1] != rows.Count)
        {
            throw new ArgumentException(
                $"{models.Count} models, margins [{margins.GetLength(0)}, {margins.GetLength(1)}], {rows.Count} rows and influence [{string.Join(", ", influence.shape)}] do not belong together: " +
                "margins are [models, targets], influence is [targets, rows].",
                nameof(influence));
        }

        using var scope = NewDisposeScope();
        if (!influence.isfinite().all().item<bool>())
        {
            throw new ArgumentException("The influence holds values that are not finite; the attribution broke down, for example by too small a ridge.", nameof(influence));
        }

        foreach (float margin in margins)
        {
            if (!float.IsFinite(margin))
            {
                throw new ArgumentException("A margin is not finite; a model's training diverged. Leave such models out.", nameof(margins));
            }
        }
    }

    /// <summary>Models by the rows that they lack, in order of first appearance.</summary>
    private static int[][] Group(LabeledRows rows, IReadOnlyList<MemberPlan> models, out int[][] excluded)
    {
        var groups = models.Select((model, member) => (Member: member, Rows: rows.IndexesOf(model.ExcludedRowIds))).GroupBy(model => string.Join(',', model.Rows)).ToArray();
        excluded = [.. groups.Select(group => group.First().Rows)];
        return [.. groups.Select(group => group.Select(model => model.Member).ToArray())];
    }

    /// <summary>Σ_{i∈S} τ_i of every subset and target, in double precision.</summary>
    private static double[,] Predict(Tensor influence, int rowCount, int[][] excluded)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var present = new double[excluded.Length * rowCount];
        Array.Fill(present, 1);
        for (int subset = 0; subset < excluded.Length; subset++)
        {
            foreach (int row in excluded[subset])
            {
                present[subset * rowCount + row] = 0;
            }
        }

        var sums = tensor(present, [excluded.Length, rowCount]).mm(influence.to_type(ScalarType.Float64).t()).contiguous();
        var result = new double[sums.shape[0], sums.shape[1]];
        Buffer.BlockCopy(sums.ToHost<double>(), 0, result, 0, sizeof(double) * result.Length);
        return result;
    }

    /// <summary>Scores of the draws, ascending.</summary>
    private static double[] Bootstrap(RankedColumn[] truth, RankedColumn[] prediction, int subsets, LinearDatamodelingOptions options)
    {
        var scores = new double[options.Resamples];
        Parallel.For(0, scores.Length, draw =>
        {
            var weights = new int[subsets];
            for (int i = 0; i < subsets; i++)
            {
                weights[StableRandom.Mix(options.Seed, StableRandom.Bootstrap, (ulong)draw, (ulong)i) % (ulong)subsets]++;
            }

            double sum = 0;
            for (int target = 0; target < truth.Length; target++)
            {
                sum += RankedColumn.Correlation(truth[target], prediction[target], weights);
            }

            scores[draw] = sum / truth.Length;
        });
        Array.Sort(scores);
        return scores;
    }

    private static double? Ceiling(int[][] subsets, float[,] margins)
    {
        int each = subsets.Min(members => members.Length);
        if (each < 2)
        {
            return null;
        }

        int[] once = [.. Enumerable.Repeat(1, subsets.Length)];
        double sum = 0;
        int pairs = 0;
        for (int target = 0; target < margins.GetLength(1); target++)
        {
            RankedColumn[] columns = [.. Enumerable.Range(0, each).Select(model => new RankedColumn([.. subsets.Select(members => (double)margins[members[model], target])]))];
            for (int a = 0; a < each; a++)
            {
                for (int b = a + 1; b < each; b++, pairs++)
                {
                    sum += RankedColumn.Correlation(columns[a], columns[b], once);
                }
            }
        }

        double single = Math.Max(0, sum / pairs);
        return Math.Sqrt(each * single / (1 + (each - 1) * single));
    }
}
