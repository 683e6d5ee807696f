using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="DatamodelMatching"/>. Defaults: 2 epochs of Adam, batches of 32, peak rate 5e-3 on a triangular schedule.</summary>
public sealed class DatamodelMatchingOptions : MatchingOptions, IUnlearnerOptions
{
    /// <summary>Where the target outputs come from. Default attribution, as published.</summary>
    public MatchTargets Targets { get; set; } = MatchTargets.Attribution;

    /// <summary>Factor on the change that attribution predicts, above 0. Default 1. Ignored by other targets, which have the multiplier of <see cref="OwnStep"/>.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>
    /// The Gauss-Newton step from whose end each model is fine-tuned, and which the own targets take. Default null: models are fine-tuned from where they are, and own targets take
    /// the step's defaults.
    /// </summary>
    public GaussNewtonStepOptions? OwnStep { get; set; }

    /// <summary>Whether fine-tuning starts from the end of <see cref="OwnStep"/>. Default true. Ignored if there is no step.</summary>
    public bool WarmStart { get; set; } = true;

    /// <summary>The settings of the published runs on 50,000 images: 4 epochs of Adam, batches of 512, rate 1e-4 times 0.95 an epoch, r = 20, q = 5. On small data that is a handful of steps.</summary>
    public static DatamodelMatchingOptions AsPublished()
    {
        var options = new DatamodelMatchingOptions();
        options.Publish(epochs: 4, rate: 1e-4, retain: 20, forget: 5);
        return options;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireRange(Multiplier, double.Epsilon, 1e6, nameof(Multiplier));
        OwnStep?.Validate();
        if (!Enum.IsDefined(Targets))
        {
            throw new ArgumentOutOfRangeException(nameof(Targets), Targets, "Targets must be Attribution, OwnLinearized or OwnEvaluated.");
        }

        if (Targets == MatchTargets.OwnLinearized && OwnStep?.Stages > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(Targets), Targets, "A step of several stages has no first order at its start. Take MatchTargets.OwnEvaluated, or one stage.");
        }
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new DatamodelMatching(this);

    internal DatamodelMatchingOptions Clone()
    {
        var copy = (DatamodelMatchingOptions)MemberwiseClone();
        copy.OwnStep = OwnStep?.Clone();
        return copy;
    }
}
