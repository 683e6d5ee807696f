using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Linear datamodeling score of TRAK: published and with its Gauss-Newton kernel, at the end of training and early, on members trained on all rows and on halves. Every
/// estimator's ridge is chosen on subsets that grade nothing; training costs are row passes in units of one full training.
/// </summary>
internal static class LdsBenchmark
{
    private static readonly double[] Ridges = [0.1, 0.3, 1, 3];

    /// <param name="options">Settings to run by name (<c>--methods</c>): digits-0.2, fashion-mlp, fashion-cnn and digits-0.1; all if none is named.</param>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        bool Wanted(string name) => options.Methods.Count == 0 || options.Methods.Contains(name);
        if (Wanted("digits-0.2"))
        {
            using var digits = Digits(options.Quick, learningRate: 0.2);
            foreach (var row in RunDigits(digits, options.Quick))
            {
                yield return row;
            }
        }

        if (options.Quick)
        {
            yield break;
        }

        if (Wanted("fashion-mlp"))
        {
            foreach (var row in FashionMnist(NetworkSpec.Mlp(128, 64), 10_000, 500, 10, 100, half: 7, [4, 5, 7], size: 16))
            {
                yield return row;
            }
        }

        if (Wanted("fashion-cnn"))
        {
            foreach (var row in FashionMnist(NetworkSpec.SmallCnn(new ImageShape(1, 28, 28), 4, 8, 32), 2_000, 300, 8, 32, half: 6, [3, 4, 5, 6], size: 12))
            {
                yield return row;
            }
        }

        if (Wanted("digits-0.1"))
        {
            using var slower = Digits(quick: false, learningRate: 0.1);
            foreach (var row in RunShort(slower, half: 10, [5, 7, 9, 10], size: 16))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> FashionMnist(NetworkSpec network, int rows, int targets, int epochs, int batch, int half, int[] checkpoints, int size)
    {
        if (FashionMnistData.Load(rows, targets) is not { } data)
        {
            yield return new Dictionary<string, object?> { ["dataset"] = "fashion-mnist", ["network"] = network.ToString(), ["lds"] = null, ["reason"] = "the data is not there; set MLNETUNLEARNING_DATA" };
            yield break;
        }

        using var setting = new LdsSetting("fashion-mnist", network.ToString(), network.CreateGraph(data.Train.FeatureCount, data.Train.Classes), data.Train, data.Test, epochs, batch, 0.1)
        {
            ChoosingSubsets = 8,
            GradingSubsets = 20,
            ModelsPerSubset = 2,
            Members = 6,
        };
        foreach (var row in RunShort(setting, half, checkpoints, size))
        {
            yield return row;
        }
    }

    private static LdsSetting Digits(bool quick, double learningRate)
    {
        var (all, test) = DigitsData.Load();
        using (all)
        using (test)
        {
            LabeledRows rows = all.Select([.. Enumerable.Range(0, quick ? 300 : 1000)]), targets = test.Select([.. Enumerable.Range(0, quick ? 100 : test.Count)]);
            return new LdsSetting("digits", "mlp(128, 64)", NetworkSpec.Mlp(128, 64).CreateGraph(64, 10), rows, targets, 15, 64, learningRate)
            {
                ChoosingSubsets = quick ? 8 : 32,
                GradingSubsets = quick ? 16 : 64,
                ModelsPerSubset = 3,
                Members = quick ? 3 : 20,
            };
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> RunDigits(LdsSetting setting, bool quick)
    {
        var grader = new LdsGrader(setting);
        int members = setting.Members, last = setting.Epochs;
        using (var full = LdsPool.Full(setting, members, last, [5, last]))
        {
            foreach (int count in quick ? [1, members] : new[] { 1, 5, 10, members })
            {
                yield return Graded(setting, grader, full, count, [last], TrakKernel.Unweighted, 8);
                yield return Graded(setting, grader, full, count, [last], TrakKernel.Unweighted, 16);
                yield return Graded(setting, grader, full, count, [last], TrakKernel.Unweighted, 0);
            }

            yield return Graded(setting, grader, full, members, [5], TrakKernel.Unweighted, 16);
            yield return Graded(setting, grader, full, members, [last], TrakKernel.GaussNewton, 16);
            yield return Graded(setting, grader, full, members, [last], TrakKernel.GaussNewton, 0);
        }

        int early = 3 * members;
        using (var brief = LdsPool.Full(setting, early, 5, [3, 4, 5]))
        {
            yield return Graded(setting, grader, brief, early, [5], TrakKernel.Unweighted, 16);
            yield return Graded(setting, grader, brief, early, [5], TrakKernel.Unweighted, 0);
            yield return Graded(setting, grader, brief, early, [3, 4, 5], TrakKernel.GaussNewton, 16);
            yield return Graded(setting, grader, brief, early, [3, 4, 5], TrakKernel.GaussNewton, 0);
        }

        int[] checkpoints = [5, 7, 9, 10];
        using (var half = LdsPool.Half(setting, early, 10, checkpoints))
        {
            yield return Graded(setting, grader, half, early, [10], TrakKernel.Unweighted, 16);
            yield return Graded(setting, grader, half, early, [10], TrakKernel.Unweighted, 0);
            yield return Graded(setting, grader, half, members, checkpoints, TrakKernel.GaussNewton, 8);
            yield return Graded(setting, grader, half, members, checkpoints, TrakKernel.GaussNewton, 16);
            yield return Graded(setting, grader, half, members, checkpoints, TrakKernel.GaussNewton, 16, shuffle: true);
            yield return Graded(setting, grader, half, early, checkpoints, TrakKernel.GaussNewton, 16);
            if (!quick)
            {
                yield return Graded(setting, grader, half, members, checkpoints, TrakKernel.GaussNewton, 32);
            }

            yield return Graded(setting, grader, half, early, checkpoints, TrakKernel.GaussNewton, 0);
        }

        using var untrained = LdsPool.Untrained(setting, members);
        yield return Graded(setting, grader, untrained, members, [0], TrakKernel.GaussNewton, 16);
    }

    /// <summary>Published form at the end of training, against early members on halves, at one cost.</summary>
    private static IEnumerable<IReadOnlyDictionary<string, object?>> RunShort(LdsSetting setting, int half, int[] checkpoints, int size)
    {
        var grader = new LdsGrader(setting);
        int members = setting.Members, last = setting.Epochs;
        using (var full = LdsPool.Full(setting, members, last, [last]))
        {
            yield return Graded(setting, grader, full, members, [last], TrakKernel.Unweighted, size);
            yield return Graded(setting, grader, full, members, [last], TrakKernel.GaussNewton, size);
        }

        using (var halves = LdsPool.Half(setting, 2 * members, half, checkpoints))
        {
            yield return Graded(setting, grader, halves, 2 * members, [half], TrakKernel.Unweighted, size);
            yield return Graded(setting, grader, halves, 2 * members, checkpoints, TrakKernel.GaussNewton, size);
        }

        using var untrained = LdsPool.Untrained(setting, members);
        yield return Graded(setting, grader, untrained, members, [0], TrakKernel.GaussNewton, size);
    }

    /// <summary>Chooses the ridge and grades.</summary>
    /// <param name="setting">Data and network.</param>
    /// <param name="grader">The retrained models.</param>
    /// <param name="pool">The members.</param>
    /// <param name="members">How many of them.</param>
    /// <param name="epochs">At which checkpoints.</param>
    /// <param name="kernel">Form of the kernel.</param>
    /// <param name="size">Projection, k x k per layer; 0 for none.</param>
    /// <param name="shuffle">Whether scores go to the wrong rows: a control that must fail.</param>
    private static Dictionary<string, object?> Graded(LdsSetting setting, LdsGrader grader, LdsPool pool, int members, int[] epochs, TrakKernel kernel, int size, bool shuffle = false)
    {
        using var scope = NewDisposeScope();
        var influences = size == 0 ? ExactMarginKernel.RowInfluence(pool, setting, members, epochs, kernel, Ridges) : [.. Ridges.Select(ridge => Influence(setting, pool, members, epochs, kernel, size, ridge))];
        double[] choices = [.. influences.Select(grader.Choose)];
        int best = Array.IndexOf(choices, choices.Max());
        var order = tensor(StableRandom.Order([.. setting.Train.RowIds], setting.Seed).Select(row => (long)row).ToArray());
        var result = grader.Grade(shuffle ? influences[best].index_select(1, order) : influences[best]);
        foreach (var influence in influences)
        {
            influence.Dispose();
        }

        return Row(setting, pool, members, epochs, kernel, size, shuffle, Ridges[best], choices[best], result);
    }

    private static Tensor Influence(LdsSetting setting, LdsPool pool, int members, int[] epochs, TrakKernel kernel, int size, double ridge)
    {
        var options = new TrakOptions { ProjectionSize = size, Kernel = kernel, Ridge = ridge, MaxMembers = members, UseDeletionMembers = true, CheckpointEpochs = epochs };
        using var fitted = new Trak(options).Fit(pool.Bank, setting.Train);
        return ((IRowInfluence)fitted).RowInfluence(setting.Train, setting.Test.Features, setting.Test.Labels);
    }

    private static Dictionary<string, object?> Row(
        LdsSetting setting, LdsPool pool, int members, int[] epochs, TrakKernel kernel, int size, bool shuffle, double ridge, double chosen, LinearDatamodelingResult result) => new()
        {
            ["dataset"] = setting.Dataset,
            ["network"] = setting.Network,
            ["estimator"] = $"{(size == 0 ? "exact" : $"two-sided-{size}")}, {(kernel == TrakKernel.GaussNewton ? "gauss-newton" : "published")}{(shuffle ? ", rows shuffled" : "")}",
            ["pool"] = pool.Name,
            ["members"] = members,
            ["checkpoints"] = string.Join("+", epochs),
            ["lds"] = result.Score,
            ["low"] = result.Low,
            ["high"] = result.High,
            ["ceiling"] = result.Ceiling,
            ["trainingCostInModels"] = members * pool.CostPerMember * epochs[^1] / Math.Max(1, pool.Bank.Models.Checkpoints[^1].Epoch),
            ["ridge"] = ridge,
            ["ldsOnChoosingSubsets"] = chosen,
            ["choosingSubsets"] = setting.ChoosingSubsets,
            ["gradingSubsets"] = result.Subsets,
            ["modelsPerSubset"] = setting.ModelsPerSubset,
            ["rows"] = setting.Train.Count,
            ["targets"] = setting.Test.Count,
            ["learningRate"] = setting.LearningRate,
        };
}
