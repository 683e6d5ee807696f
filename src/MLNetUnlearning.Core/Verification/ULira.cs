using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>
/// U-LiRA (Hayes et al., arXiv 2403.01218): can an attacker who knows the method and trains models of his own tell from a row's margin whether a model has unlearned the
/// row or has never seen it? He fits a normal distribution to the margins of each kind and goes by the likelier one.
/// </summary>
/// <remarks>
/// The rule sees a margin that is too low as well as one that is too high, so over-forgetting is found like remembering. A margin that is not finite is always
/// found. Under the null, when unlearned models are retrained ones, the expected accuracy is exactly 0.5 as no model is among its own shadows; give the null
/// (held-out oracles in place of unlearned models, same sizes) beside every value.
/// </remarks>
public static class ULira
{
    /// <summary>The attack on one request: every unlearned model and every oracle in turn, the others of its kind as shadow models.</summary>
    /// <param name="unlearned">Margins of the forgotten rows under unlearned models, [models, rows].</param>
    /// <param name="retrained">Margins of the same rows under as many models that never saw them, [models, rows]; at least 3 models.</param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <exception cref="ArgumentException">The numbers of models or rows differ, or there are fewer than 3 models or no rows.</exception>
    public static ULiraResult ForRequest(float[,] unlearned, float[,] retrained, ULiraOptions? options = null)
    {
        options ??= new ULiraOptions();
        options.Validate();
        int models = unlearned.GetLength(0), rows = unlearned.GetLength(1);
        if (models != retrained.GetLength(0) || models < 3 || rows != retrained.GetLength(1) || rows == 0)
        {
            throw new ArgumentException(
                $"U-LiRA needs as many unlearned as retrained models, at least 3, on the same rows; got [{models}, {rows}] and [{retrained.GetLength(0)}, {retrained.GetLength(1)}].", nameof(retrained));
        }

        var perModel = new double[models];
        Parallel.For(0, models, target =>
        {
            int right = 0;
            for (int row = 0; row < rows; row++)
            {
                // Both kinds lack the target's place, so that the fits are equally good for either label.
                var own = NormalFit.Of(Column(unlearned, row, target));
                var other = NormalFit.Of(Column(retrained, row, target));
                right += SaysUnlearned(unlearned[target, row], own, other) ? 1 : 0;
                right += SaysUnlearned(retrained[target, row], own, other) ? 0 : 1;
            }

            perModel[target] = right / (2.0 * rows);
        });
        return Summarize(perModel, rows, options);
    }

    /// <summary>
    /// The attack as published, on a pool of rows of which every unlearned model forgot others: a target model's forgotten rows against as many rows of the pool that it
    /// never saw, the other models as shadow models.
    /// </summary>
    /// <param name="margins">Margins of the pool's rows, [models, rows].</param>
    /// <param name="roles">What each row was to each model, [models, rows]. Models that forgot nothing serve as shadow models only.</param>
    /// <param name="origins">For each model, the model it was unlearned from: models of the target's own origin are not its shadow models. Default null: each its own.</param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <exception cref="ArgumentException">The sizes do not belong together, or fewer than two models can be attacked.</exception>
    public static ULiraResult ForPool(float[,] margins, ULiraRole[,] roles, IReadOnlyList<int>? origins = null, ULiraOptions? options = null)
    {
        options ??= new ULiraOptions();
        options.Validate();
        int models = margins.GetLength(0), rows = margins.GetLength(1);
        if (roles.GetLength(0) != models || roles.GetLength(1) != rows || (origins is not null && origins.Count != models))
        {
            throw new ArgumentException($"Margins [{models}, {rows}], roles [{roles.GetLength(0)}, {roles.GetLength(1)}] and {origins?.Count} origins do not belong together.", nameof(roles));
        }

        int[] Of(int model, ULiraRole role) => [.. Enumerable.Range(0, rows).Where(row => roles[model, row] == role)];
        long[] ids = [.. Enumerable.Range(0, models).Select(model => (long)model)];
        int[] order = StableRandom.Order(ids, StableRandom.Mix(options.Seed, StableRandom.Membership));
        int[] targets = [.. order.Where(model => Of(model, ULiraRole.Forgotten).Length > 0 && Of(model, ULiraRole.NeverSeen).Length > 0).Take(options.Targets)];
        if (targets.Length < 2)
        {
            throw new ArgumentException("Fewer than two models have both forgotten rows and rows that they never saw, so there is nothing to attack.", nameof(roles));
        }

        var perModel = new double[targets.Length];
        Parallel.For(0, targets.Length, i => perModel[i] = Attack(targets[i]));
        return Summarize(perModel, rows, options);

        double Attack(int target)
        {
            int[] forgotten = Of(target, ULiraRole.Forgotten), never = Of(target, ULiraRole.NeverSeen);
            long[] candidates = [.. never.Select(row => (long)row)];
            int count = Math.Min(forgotten.Length, never.Length);
            int[] drawn = [.. StableRandom.Order(candidates, StableRandom.Mix(options.Seed, StableRandom.Membership, 1, (ulong)target)).Take(count).Select(at => never[at])];
            int right = 0;
            foreach (int row in forgotten.Take(count))
            {
                right += Says(target, row) ? 1 : 0;
            }

            foreach (int row in drawn)
            {
                // Of a model that has broken, any row gives away that it was unlearned.
                right += float.IsFinite(margins[target, row]) && Says(target, row) ? 0 : 1;
            }

            return right / (2.0 * count);
        }

        bool Says(int target, int row)
        {
            int[] Shadows(ULiraRole role) => [.. order.Where(model => roles[model, row] == role && (origins is null ? model != target : origins[model] != origins[target]))];
            int[] own = Shadows(ULiraRole.Forgotten), other = Shadows(ULiraRole.NeverSeen);
            int size = Math.Min(Math.Min(own.Length, other.Length), options.MaxShadows);
            NormalFit? Fit(int[] chosen) => NormalFit.Of(chosen.Take(size).Select(model => margins[model, row]));
            return SaysUnlearned(margins[target, row], Fit(own), Fit(other));
        }
    }

    /// <summary>The attacker's rule. Without a distribution for the one kind he goes by the other: what has no finite margins any more was unlearned.</summary>
    private static bool SaysUnlearned(float margin, NormalFit? unlearned, NormalFit? retrained) =>
        !float.IsFinite(margin) || (unlearned is { } own && (retrained is not { } other || own.LogDensity(margin) > other.LogDensity(margin)));

    private static IEnumerable<float> Column(float[,] margins, int row, int without)
    {
        for (int model = 0; model < margins.GetLength(0); model++)
        {
            if (model != without)
            {
                yield return margins[model, row];
            }
        }
    }

    private static ULiraResult Summarize(double[] perModel, int rows, ULiraOptions options)
    {
        double mean = perModel.Average();
        double deviation = Math.Sqrt(perModel.Sum(value => (value - mean) * (value - mean)) / (perModel.Length - 1));
        var draws = new double[options.Resamples];
        for (int draw = 0; draw < draws.Length; draw++)
        {
            double sum = 0;
            for (int i = 0; i < perModel.Length; i++)
            {
                sum += perModel[StableRandom.Mix(options.Seed, StableRandom.Bootstrap, (ulong)draw, (ulong)i) % (ulong)perModel.Length];
            }

            draws[draw] = sum / perModel.Length;
        }

        return new ULiraResult(mean, deviation, ConfidenceInterval.Of(draws, mean, options.Confidence), perModel.Length, rows);
    }
}
