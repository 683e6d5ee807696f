using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>The rows of one request as a Gauss-Newton step sees them.</summary>
/// <param name="Retained">Sample of the retain rows, [sample, features].</param>
/// <param name="Forget">[forget rows, features].</param>
/// <param name="ForgetLabels">Classes [forget rows], int64, or values [forget rows, outputs].</param>
/// <param name="RowCount">Number of all rows.</param>
/// <param name="RetainCount">Number of retain rows that the sample stands for.</param>
/// <param name="Loss">Loss of the training.</param>
internal sealed record StepSystem(Tensor Retained, Tensor Forget, Tensor ForgetLabels, int RowCount, int RetainCount, TrainingLoss Loss);
