using System.Text.Json.Serialization;
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
    /// Points of training, as shares of the epochs, at which the method wants the bank's weights; a bank whose <see cref="ModelBankOptions.Checkpoints"/> are not set is trained with these by the ML.NET trainers. Default 0.5, 0.75 and 1.
    /// </summary>
    [JsonIgnore]
    IReadOnlyList<double> Checkpoints => ModelBankOptions.DefaultCheckpoints;

    /// <summary>
    /// A copy of these settings for models of a training, so that what they share need not be said twice. Default: this object, for methods that do not depend on it.
    /// </summary>
    /// <param name="loss">Loss of the training.</param>
    /// <param name="training">Its settings. A weight decay of 0 leaves that of a method that cannot do without a ridge.</param>
    IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training) => this;
}
