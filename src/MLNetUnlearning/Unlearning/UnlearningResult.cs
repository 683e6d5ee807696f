using Microsoft.ML;
using MLNetUnlearning.Chains;

namespace MLNetUnlearning.Unlearning;

/// <summary>What an unlearning run did, without the type of the model.</summary>
public abstract class UnlearningResult
{
    private protected UnlearningResult(NetworkLocation original, IUnlearner unlearner)
    {
        Original = original;
        Unlearner = unlearner;
    }

    /// <summary>The request that was served.</summary>
    public required UnlearningRequest Request { get; init; }

    /// <summary>Name of the method.</summary>
    public string Method => Unlearner.Name;

    /// <summary>Time spent on predicting what retrained models would output.</summary>
    public required TimeSpan AttributionTime { get; init; }

    /// <summary>Time spent on changing the network's weights.</summary>
    public required TimeSpan FineTuningTime { get; init; }

    /// <summary>Time of the whole call, with reading rows and taking the forgotten rows out of what later deletions need.</summary>
    public required TimeSpan TotalTime { get; init; }

    /// <summary>Root mean squared difference between predicted and actual logits on the fine-tuning rows before fine-tuning; null for methods without predictions.</summary>
    public double? MatchResidualBefore { get; init; }

    /// <summary>The same after fine-tuning.</summary>
    public double? MatchResidualAfter { get; init; }

    /// <summary>
    /// Steps of the pipeline that may have been fitted on the forgotten rows and were kept, e.g. <c>step 2: Normalizing</c>. Unlearning changes the network
    /// only; to have these forget too, fit the pipeline anew.
    /// </summary>
    public required IReadOnlyList<string> PreprocessingFittedOnForgottenRows { get; init; }

    /// <summary>What the caller should know about this run; often empty.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The model before unlearning; not owned.</summary>
    internal NetworkLocation Original { get; }

    /// <summary>The unlearned model.</summary>
    internal abstract ITransformer UnlearnedModel { get; }

    /// <summary>The method, with its settings.</summary>
    internal IUnlearner Unlearner { get; }
}
