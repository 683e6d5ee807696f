using System.Diagnostics;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// One step of the training loss without the forget set, θ ← θ + m (H_R + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i): every model solves its own system, at its own weights, in all
/// parameters, by preconditioned conjugate gradients. For ridge regression with damping 1 and multiplier 1 the step ends at the retrained model.
/// </summary>
/// <remarks>
/// H_R is the Gauss-Newton matrix JᵀCJ (C the curvature of the loss in the logits) of the retain rows: the forget rows are taken out of it before solving, without which the
/// step is several times too short for groups. It is taken where each model stands, so each moves by its own amount, and the spread over models comes out right, which one change shared by
/// all models cannot do. With several <see cref="GaussNewtonStepOptions.Stages"/> the forget rows lose their weight w little by little, dθ/dw = −(H_R + w H_F + λI)⁻¹ Σ_{i∈F} J_iᵀ(p_i − y_i), and residuals and
/// matrix are taken anew at the end of each stage: residuals that are next to nothing at the start grow on the way. With too little damping such a path can run away. Batch normalisation is differentiated as deployed: its running statistics are constants and stay.
/// </remarks>
public sealed class GaussNewtonStep : IUnlearner
{
    private readonly GaussNewtonStepOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public GaussNewtonStep(GaussNewtonStepOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "gauss-newton-step";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows;

    /// <inheritdoc/>
    /// <exception cref="Attribution.UnsupportedLayerException">The network has a layer without a known derivative; thrown before any work.</exception>
    /// <exception cref="InvalidOperationException">The step of a model ran away to weights that are not finite: there is too little damping.</exception>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        SupportedLayers.Require(context.Models.Graph);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        var steps = OwnSteps.Solve(context.Models, context.Rows, forget, options, request.Seed, progress, cancellationToken);
        return new UnlearningOutcome(OwnSteps.Apply(context.Models, steps, options, forget.Length / (double)context.Rows.Count), TimeSpan.Zero, clock.Elapsed);
    }
}
