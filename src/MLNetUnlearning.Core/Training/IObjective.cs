using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>A loss given by its gradient with respect to the logits, which spares building the loss in the autograd graph.</summary>
internal interface IObjective
{
    /// <summary>Loss and gradient of a batch.</summary>
    /// <param name="logits">[models, batch, classes], detached.</param>
    /// <param name="models">Position of the stack's first model among all models of the run.</param>
    /// <param name="rows">Row of each logit vector, [models x batch], int64.</param>
    /// <param name="weights">Weight of each row in its model's mean, [models, batch, 1].</param>
    /// <returns>Loss per model [models], and its gradient [models, batch, classes].</returns>
    (Tensor Loss, Tensor Gradient) Evaluate(Tensor logits, int models, Tensor rows, Tensor weights);
}
