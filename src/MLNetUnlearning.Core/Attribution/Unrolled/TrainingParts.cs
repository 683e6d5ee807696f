using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>A training cut into parts, one around each checkpoint, and how far each goes.</summary>
internal static class TrainingParts
{
    /// <summary>
    /// Length of each part: the sum of its learning rates, lengthened by momentum and divided by the rows, so that a gradient summed over rows times it is how far the part moves the weights. Parts meet half-way between checkpoints.
    /// </summary>
    /// <param name="training">How it was trained.</param>
    /// <param name="epochs">The checkpoints, ascending.</param>
    /// <param name="rows">Number of training rows.</param>
    public static double[] Lengths(TrainerOptions training, IReadOnlyList<int> epochs, int rows)
    {
        int perEpoch = (rows + training.BatchSize - 1) / training.BatchSize, steps = perEpoch * training.Epochs;
        int End(int part) => part == epochs.Count - 1 ? steps : (int)((long)(epochs[part] + epochs[part + 1]) * perEpoch / 2);
        double scale = 1 / ((1 - training.Momentum) * rows);
        return
        [
            .. Enumerable.Range(0, epochs.Count).Select(part =>
            {
                int start = part == 0 ? 0 : End(part - 1);
                return scale * Enumerable.Range(start, End(part) - start).Sum(step => LearningRates.At(training, step, perEpoch));
            }),
        ];
    }
}
