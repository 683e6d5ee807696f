namespace MLNetUnlearning.Training;

/// <summary>How the learning rate moves over the steps of a run.</summary>
public enum LearningRateSchedule
{
    /// <summary>Always the peak.</summary>
    Constant,

    /// <summary>Straight up to the peak over the warm-up share of the steps, then straight down to zero.</summary>
    Triangular,

    /// <summary>Straight up to the peak over the warm-up share of the steps, then half a cosine down to zero.</summary>
    Cosine,

    /// <summary>Multiplied by 0.95 after every epoch (the schedule of the reference fine-tuning).</summary>
    Exponential,
}
