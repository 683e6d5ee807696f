namespace MLNetUnlearning.Training;

/// <summary>Learning rate of a step.</summary>
internal static class LearningRates
{
    /// <param name="options">Peak, schedule and warm-up.</param>
    /// <param name="step">Step, from 0.</param>
    /// <param name="stepsPerEpoch">Steps of one epoch.</param>
    public static double At(OptimizationOptions options, int step, int stepsPerEpoch)
    {
        double total = (double)stepsPerEpoch * options.Epochs, warm = options.WarmupShare * total;
        // The middle of the step: neither the first nor the last step is wasted on a rate of zero.
        double at = step + 0.5;
        double rise = at / Math.Max(warm, double.Epsilon), rest = (at - warm) / (total - warm);
        double factor = options.Schedule switch
        {
            LearningRateSchedule.Constant => 1,
            LearningRateSchedule.Exponential => Math.Pow(0.95, step / stepsPerEpoch),
            _ when at < warm => rise,
            LearningRateSchedule.Triangular => 1 - rest,
            _ => 0.5 * (1 + Math.Cos(Math.PI * rest)),
        };
        return options.LearningRate * factor;
    }
}
