namespace MLNetUnlearning.Verification;

/// <summary>
/// Do forgotten rows look like training rows to the one model that is deployed? A likelihood-ratio membership test (Carlini et al., arXiv 2112.03570) per request, whose
/// shadow models are at hand: bank members that saw or never saw each row, or the students and oracles of a verification. Both directions count.
/// </summary>
public static class MembershipTest
{
    private const double Powerful = 0.5;

    /// <summary>Runs the test with one set of shadow models for all rows, as in a verification: students that saw all of them, oracles that saw none.</summary>
    /// <param name="unlearned">Margins of the forgotten rows under the deployed model, [rows].</param>
    /// <param name="before">Its margins before it unlearned, [rows]; or null.</param>
    /// <param name="seen">Margins under models that saw the rows, [models, rows]; at least 3.</param>
    /// <param name="unseen">Margins under models that never saw them, [models, rows]; at least 3.</param>
    /// <param name="heldOut">Margins under further models that never saw them, which give the null, [models, rows]; at least 2.</param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <exception cref="ArgumentException">There are too few models, or the margins belong to different rows.</exception>
    public static MembershipResult Run(IReadOnlyList<float> unlearned, IReadOnlyList<float>? before, float[,] seen, float[,] unseen, float[,] heldOut, MembershipOptions? options = null)
    {
        options ??= new MembershipOptions();
        options.Validate();
        int rows = unlearned.Count, insiders = seen.GetLength(0), outsiders = unseen.GetLength(0), nulls = heldOut.GetLength(0);
        if (insiders < 3 || outsiders < 3 || nulls < 2 || rows == 0 || (before is not null && before.Count != rows) || new[] { seen, unseen, heldOut }.Any(margins => margins.GetLength(1) != rows))
        {
            throw new ArgumentException(
                $"A membership test needs at least 3 models that saw the rows, 3 that did not and 2 for the null, on the same rows; got [{insiders}, {seen.GetLength(1)}], [{outsiders}, {unseen.GetLength(1)}] and [{nulls}, {heldOut.GetLength(1)}] for {rows} rows.",
                nameof(unseen));
        }

        var margins = new float[insiders + outsiders, rows];
        var saw = new bool[insiders + outsiders, rows];
        for (int model = 0; model < insiders + outsiders; model++)
        {
            for (int row = 0; row < rows; row++)
            {
                saw[model, row] = model < insiders;
                margins[model, row] = model < insiders ? seen[model, row] : unseen[model - insiders, row];
            }
        }

        int[] all = [.. Enumerable.Range(0, rows)];
        var shadows = new ShadowModels(margins, saw, options.OwnVarianceFrom);
        return Judge(
            shadows.Score(unlearned, null, all)!,
            before is null ? null : shadows.Score(before, null, all),
            Scores(nulls, model => shadows.Score(Row(heldOut, model), null, all)),
            Scores(insiders, model => shadows.Score(Row(seen, model), null, all, without: model)),
            rows,
            options);
    }

    /// <summary>Runs the test on a bank: each row has shadow models of its own, and the null are the bank's members on rows that they never saw.</summary>
    /// <param name="unlearned">Margins under the deployed model, [rows].</param>
    /// <param name="before">Its margins before it unlearned, [rows]; or null.</param>
    /// <param name="members">Margins under the bank's members, [members, rows].</param>
    /// <param name="saw">Whether a member was trained on a row, [members, rows].</param>
    /// <param name="forgotten">Positions of the forgotten rows.</param>
    /// <param name="expected">
    /// Predicted change of each margin by the rows that a member lacks, [members, rows], and zero for members that lack none; and by the forgotten rows, as last line:
    /// [members + 1, rows]. Default null: all zero.
    /// </param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <returns>Null if no forgotten row, or no member's rows, have two shadow models of either kind.</returns>
    /// <remarks>
    /// A member lacks other rows than the request. Unless what that does to a margin is known, a model really retrained without a cluster of rows looks as if it had been pushed too
    /// far beside members that each lack some of them, and one retrained without scattered rows as if it remembered a little. So predicted changes are taken off the
    /// members' margins, and that of the tested deletion is added; the null goes through the same, and so holds the predictions' errors.
    /// </remarks>
    /// <exception cref="ArgumentException">The sizes do not belong together.</exception>
    public static MembershipResult? OnBank(IReadOnlyList<float> unlearned, IReadOnlyList<float>? before, float[,] members, bool[,] saw, IReadOnlyList<int> forgotten, float[,]? expected = null, MembershipOptions? options = null)
    {
        options ??= new MembershipOptions();
        options.Validate();
        int count = members.GetLength(0), rows = members.GetLength(1);
        if (saw.GetLength(0) != count || saw.GetLength(1) != rows || unlearned.Count != rows || (before is not null && before.Count != rows) || (expected is not null && (expected.GetLength(0) != count + 1 || expected.GetLength(1) != rows)))
        {
            throw new ArgumentException($"Margins of members [{count}, {rows}], their rows [{saw.GetLength(0)}, {saw.GetLength(1)}] and the model's {unlearned.Count} margins do not belong together.", nameof(saw));
        }

        expected ??= new float[count + 1, rows];
        var common = new float[count, rows];
        for (int member = 0; member < count; member++)
        {
            for (int row = 0; row < rows; row++)
            {
                common[member, row] = members[member, row] - expected[member, row];
            }
        }

        var shadows = new ShadowModels(common, saw, options.OwnVarianceFrom);
        float[] change = Row(expected, count);
        var score = shadows.Score(unlearned, change, forgotten);
        var nulls = Scores(count, member => NullRows(member) is { Length: > 0 } never ? shadows.Score(Row(members, member), Row(expected, member), never, without: member) : null);
        if (score is null || nulls.Length < 2)
        {
            return null;
        }

        var insiders = Scores(count, member => forgotten.All(row => saw[member, row]) ? shadows.Score(Row(common, member), change, forgotten, without: member) : null);
        return Judge(score, before is null ? null : shadows.Score(before, change, forgotten), nulls, insiders, forgotten.Count, options);

        // As many rows as are tested on the deployed model: the fewer, the wider the null.
        int[] NullRows(int member) => [.. Enumerable.Range(0, rows).Where(row => !saw[member, row]).Take(forgotten.Count)];
    }

    private static MembershipResult Judge(MembershipScore score, MembershipScore? before, MembershipScore[] nulls, MembershipScore[] insiders, int rowsAsked, MembershipOptions options)
    {
        // Two statistics, one of them with two tails: each has its part of the false alarms.
        double part = options.FalseAlarms / 2;
        double[] aucs = [.. nulls.Select(model => model.Auc).Order()], distances = [.. nulls.Select(model => model.TwoSidedAuc).Order()];
        var range = new ConfidenceInterval(Percentile.OfSorted(aucs, part / 2), Percentile.OfSorted(aucs, 1 - part / 2), 1 - part);
        double limit = Percentile.OfSorted(distances, 1 - part);
        double power = insiders.Length == 0 ? 0 : insiders.Average(model => Find(model) == MembershipFinding.Remembers ? 1.0 : 0.0);
        var found = Find(score);
        return new MembershipResult(
            found == MembershipFinding.NothingFound && power < Powerful ? MembershipFinding.Inconclusive : found,
            score,
            before,
            range,
            limit,
            nulls.Average(model => model.Remembered),
            nulls.Average(model => model.OverForgotten),
            nulls.Length,
            power,
            insiders.Length,
            rowsAsked);

        MembershipFinding Find(MembershipScore model) =>
            model.Auc > range.High || (model.TwoSidedAuc > limit && model.Auc >= 0.5) ? MembershipFinding.Remembers
            : model.Auc < range.Low || model.TwoSidedAuc > limit ? MembershipFinding.OverForgets
            : MembershipFinding.NothingFound;
    }

    private static MembershipScore[] Scores(int models, Func<int, MembershipScore?> score)
    {
        var scores = new MembershipScore?[models];
        Parallel.For(0, models, model => scores[model] = score(model));
        return [.. scores.OfType<MembershipScore>()];
    }

    private static float[] Row(float[,] margins, int model)
    {
        var row = new float[margins.GetLength(1)];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = margins[model, i];
        }

        return row;
    }
}
