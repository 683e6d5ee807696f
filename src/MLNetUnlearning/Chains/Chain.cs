using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Chains;

/// <summary>Takes transformer chains apart and puts them together again, whatever the type of their last step.</summary>
internal static class Chain
{
    private static readonly MethodInfo RebuildMethod = typeof(Chain).GetMethod(nameof(RebuildTyped), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The steps of a chain, or null if the model is a single step.</summary>
    public static ITransformer[]? Steps(ITransformer model) =>
        IsChain(model.GetType()) ? [.. (IEnumerable<ITransformer>)model] : null;

    /// <summary>A chain of the same type and scopes with other steps.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="steps">As many steps as the chain has.</param>
    public static ITransformer Rebuild(ITransformer chain, ITransformer[] steps) => (ITransformer)RebuildMethod
        .MakeGenericMethod(chain.GetType().GetGenericArguments())
        .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [chain, steps], null)!;

    private static bool IsChain(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(TransformerChain<>);

    private static TransformerChain<TLast> RebuildTyped<TLast>(TransformerChain<TLast> chain, ITransformer[] steps) where TLast : class, ITransformer
    {
        // A chain does not show its scopes; the models it gives for each single scope do.
        var scopes = new TransformerScope[steps.Length];
        ITransformer[] old = [.. chain];
        foreach (var scope in new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring })
        {
            using var inScope = chain.GetModelFor(scope).GetEnumerator();
            bool more = inScope.MoveNext();
            for (int i = 0; i < old.Length && more; i++)
            {
                if (ReferenceEquals(old[i], inScope.Current))
                {
                    scopes[i] |= scope;
                    more = inScope.MoveNext();
                }
            }
        }

        return new TransformerChain<TLast>(steps, scopes);
    }
}
