using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>The formulas of a <see cref="TrainingLoss"/>, for networks' outputs with classes or values on the last axis.</summary>
internal static class LossTerms
{
    /// <summary>Targets as numbers: one-hot classes, or the values themselves.</summary>
    /// <param name="labels">Classes [rows], int64; or values [rows, outputs], floating-point.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <returns>[rows, outputs]; int64 for classes.</returns>
    public static Tensor Targets(Tensor labels, long outputs) => labels.is_floating_point() ? labels : nn.functional.one_hot(labels, outputs);

    /// <summary>What the outputs predict of the targets: probabilities of classes, or the outputs themselves. Its difference from the targets is the gradient of the loss at the outputs.</summary>
    public static Tensor Prediction(this TrainingLoss loss, Tensor outputs) => loss == TrainingLoss.CrossEntropy ? outputs.softmax(-1) : outputs.alias();

    /// <summary>Curvature of the loss at the outputs times a vector: (diag(p) - p pᵀ) v, or v.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="prediction">As <see cref="Prediction"/> gives it.</param>
    /// <param name="vector">Same shape.</param>
    public static Tensor Curve(this TrainingLoss loss, Tensor prediction, Tensor vector) =>
        loss == TrainingLoss.CrossEntropy ? prediction.mul(vector.sub(prediction.mul(vector).sum(-1, keepdim: true))) : vector;

    /// <summary>The part of the loss that no target enters: log Σ exp z, or ½‖z‖². The loss of a target t is this less t·z, up to a constant, and <see cref="Prediction"/> is its gradient.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="outputs">Outputs, classes or values on the last axis, which the result lacks.</param>
    public static Tensor Potential(this TrainingLoss loss, Tensor outputs) => loss == TrainingLoss.CrossEntropy ? outputs.logsumexp(-1) : outputs.pow(Held(2)).sum(-1).mul(Held(0.5));
}
