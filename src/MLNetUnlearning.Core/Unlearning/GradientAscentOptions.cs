using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="GradientAscent"/>; the defaults are those of the published runs of the Datamodel Matching authors.</summary>
public sealed class GradientAscentOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 3 epochs over the forget rows of SGD with momentum 0.9 and weight decay 5e-4, batches of 64, constant rate 1e-6.</summary>
    public GradientAscentOptions()
    {
        Epochs = 3;
        LearningRate = 1e-6;
        WeightDecay = 5e-4;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        Schedule = LearningRateSchedule.Constant;
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new GradientAscent(this);

    internal GradientAscentOptions Clone() => (GradientAscentOptions)MemberwiseClone();
}
