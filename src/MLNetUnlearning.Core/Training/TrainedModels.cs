using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Training;

/// <summary>What a training run gives: the models after the last epoch, and after earlier epochs that were asked for.</summary>
/// <param name="Final">The models after the last epoch.</param>
/// <param name="Checkpoints">The models after each epoch asked for, ascending; may include the last.</param>
public sealed record TrainedModels(ModelStack Final, IReadOnlyList<(int Epoch, ModelStack Models)> Checkpoints) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Final.Dispose();
        foreach (var (_, models) in Checkpoints)
        {
            models.Dispose();
        }
    }
}
