using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="GradientDescent"/>; the defaults are those of the published runs of the Datamodel Matching authors.</summary>
public sealed class GradientDescentOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 3 epochs of SGD with momentum 0.9 and weight decay 5e-4, batches of 64, constant rate 1e-4.</summary>
    public GradientDescentOptions()
    {
        Epochs = 3;
        LearningRate = 1e-4;
        WeightDecay = 5e-4;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        Schedule = LearningRateSchedule.Constant;
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new GradientDescent(this);

    internal GradientDescentOptions Clone() => (GradientDescentOptions)MemberwiseClone();
}
