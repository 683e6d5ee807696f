using Microsoft.ML;
using MLNetUnlearning.Chains;

namespace MLNetUnlearning.Unlearning;

/// <summary>An unlearned model and what the run did.</summary>
/// <typeparam name="TModel">Type of the model: the same as that of the model handed in.</typeparam>
public sealed class UnlearningResult<TModel> : UnlearningResult where TModel : class, ITransformer
{
    internal UnlearningResult(NetworkLocation original, IUnlearner unlearner) : base(original, unlearner)
    {
    }

    /// <summary>
    /// The unlearned model; the caller disposes it. Its preprocessing steps are the same objects as in the model handed in, so where a step is
    /// disposable (images, ONNX), dispose of the one model only when the other is no longer used.
    /// </summary>
    public required TModel Model { get; init; }

    internal override ITransformer UnlearnedModel => Model;
}
