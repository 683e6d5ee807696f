using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Models retrained on random halves of the rows: some choose settings, the others grade.</summary>
internal sealed class LdsGrader
{
    private const ulong TruthSeed = 3;

    private readonly LdsSetting setting;
    private readonly MemberPlan[] models;
    private readonly float[,] margins;
    private readonly int choosing;

    public LdsGrader(LdsSetting setting)
    {
        this.setting = setting;
        int each = setting.ModelsPerSubset;
        choosing = each * setting.ChoosingSubsets;
        var plan = DeletionPlan.Random(setting.Train, setting.ChoosingSubsets + setting.GradingSubsets, 0.5, StableRandom.Mix(setting.Seed, StableRandom.Plan, TruthSeed));
        models = [.. Enumerable.Range(0, each * plan.Members.Count).Select(i => new MemberPlan(StableRandom.Mix(setting.Seed, StableRandom.Member, TruthSeed, (ulong)i), plan.Members[i / each]))];
        using var trained = setting.Trainer(setting.Epochs).Train(setting.Train, models);
        using var logits = trained.Final.Logits(setting.Test.Features);
        margins = Margins.Of(logits, setting.Test.Labels);
    }

    /// <summary>Score on the subsets that choose.</summary>
    public double Choose(Tensor influence) => Score(influence, 0, choosing, 1).Score;

    /// <summary>Score on the subsets that grade, with its interval.</summary>
    public LinearDatamodelingResult Grade(Tensor influence) => Score(influence, choosing, models.Length, 1000);

    private LinearDatamodelingResult Score(Tensor influence, int start, int end, int resamples)
    {
        int targets = margins.GetLength(1);
        var part = new float[end - start, targets];
        Buffer.BlockCopy(margins, sizeof(float) * start * targets, part, 0, sizeof(float) * part.Length);
        return LinearDatamodelingScore.Compute(influence, setting.Train, models[start..end], part, new LinearDatamodelingOptions { Resamples = resamples });
    }
}
