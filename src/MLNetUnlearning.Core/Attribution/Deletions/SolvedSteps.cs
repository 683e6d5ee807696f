using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Steps of one model for several sets of rows.</summary>
/// <param name="Steps">[ridges, sets, size].</param>
/// <param name="Sizes">√(xᵀHx) of each step, the root of the summed squares of predicted changes in the metric of the loss, [ridges, sets].</param>
internal sealed record SolvedSteps(Tensor Steps, Tensor Sizes) : IDisposable
{
    /// <summary>Bounds steps that are much longer than those of the same checkpoint's other members, and divides by the number of members.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="solved">Steps of each; disposed of.</param>
    /// <returns>Weighted steps of each model, [ridges, sets, size].</returns>
    public static Tensor[] Weigh(GaussNewtonEnsemble ensemble, SolvedSteps[] solved)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int members = ensemble.Count / ensemble.Checkpoints;
        var weighted = new Tensor[solved.Length];
        for (int checkpoint = 0; checkpoint < ensemble.Checkpoints; checkpoint++)
        {
            int[] models = [.. Enumerable.Range(0, members).Select(member => (member * ensemble.Checkpoints) + checkpoint)];
            var sizes = stack(models.Select(model => solved[model].Sizes));
            var limit = sizes.sort(dim: 0).Values[members / 2].mul(Held(ensemble.Options.OutlierRatio));
            foreach (int model in models)
            {
                var weight = minimum(limit.div(solved[model].Sizes.clamp_min(Held(1e-20))), ones_like(limit)).div(Held(members));
                weighted[model] = solved[model].Steps.mul(weight.unsqueeze(2)).DetachFromDisposeScope();
                solved[model].Dispose();
            }
        }

        return weighted;
    }

    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
    public SolvedSteps Keep() => new(Steps.DetachFromDisposeScope(), Sizes.DetachFromDisposeScope());

    public void Dispose()
    {
        Steps.Dispose();
        Sizes.Dispose();
    }
}
