namespace MLNetUnlearning.Unlearning;

/// <summary>Which rows the epochs of a run go through.</summary>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="ForgetEpochs">The first epochs, which begin with the forget rows.</param>
/// <param name="ForgetBatchSize">Forget rows per step, at most <paramref name="BatchSize"/>.</param>
/// <param name="BatchSize">Retain rows per step.</param>
/// <param name="Retain">Whether epochs go through the retain rows.</param>
internal sealed record PhasePlan(int Epochs, int ForgetEpochs, int ForgetBatchSize, int BatchSize, bool Retain);
