using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of an attribution method; their type chooses the method.</summary>
public interface IAttributorOptions
{
    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    void Validate();

    /// <summary>Creates the method with a copy of these settings.</summary>
    IAttributor CreateAttributor();

    /// <summary>
    /// A copy of these settings for models that were trained with a loss and a weight decay, so that both need not be said twice. Default: this object, for methods that depend on neither.
    /// </summary>
    /// <param name="loss">Loss of the training.</param>
    /// <param name="weightDecay">Weight decay of the training; 0 leaves the one of these settings, because no method can do without a ridge.</param>
    IAttributorOptions ForTraining(TrainingLoss loss, double weightDecay) => this;
}
