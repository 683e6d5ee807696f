using MLNetUnlearning.Unlearning;

namespace Microsoft.ML;

/// <summary>Adds <c>Unlearning</c> to ML.NET's context.</summary>
public static class UnlearningContextExtensions
{
    extension(MLContext ml)
    {
        /// <summary>Unlearning and what belongs to it.</summary>
        public UnlearningCatalog Unlearning => new(ml);
    }
}
