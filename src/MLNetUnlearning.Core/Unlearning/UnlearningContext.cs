using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>What an unlearning method works with.</summary>
public sealed class UnlearningContext
{
    /// <summary>The trained models; not changed.</summary>
    public required ModelStack Models { get; init; }

    /// <summary>The rows that the models were trained on.</summary>
    public required LabeledRows Rows { get; init; }

    /// <summary>Attribution fitted on the same rows; null if there is none.</summary>
    public IFittedAttributor? Attributor { get; init; }

    /// <summary>Trains as the models were trained, for methods that retrain; null if there is none.</summary>
    public Trainer? Trainer { get; init; }

    /// <summary>Models retrained without the rows of this very request, for <see cref="OracleMatching"/>; not changed. Null: the method trains its own.</summary>
    public ModelStack? Oracles { get; init; }

    /// <summary>Throws unless everything is there that a method needs.</summary>
    /// <param name="method">The method.</param>
    /// <exception cref="ArgumentException">Names the method, what is missing and where to get it.</exception>
    internal void Require(IUnlearner method)
    {
        if (method.Needs.HasFlag(UnlearnerNeeds.Classes))
        {
            Rows.RequireClasses($"Method '{method.Name}'");
        }

        if (method.Needs.HasFlag(UnlearnerNeeds.Attribution) && Attributor is null)
        {
            throw Missing(method, "a fitted attributor. Train the model with a model bank (a row id column), or fit a GaussNewtonInfluence", nameof(Attributor));
        }

        if (method.Needs.HasFlag(UnlearnerNeeds.Trainer) && Trainer is null)
        {
            throw Missing(method, "a trainer with the settings that the model was trained with", nameof(Trainer));
        }

        if (method.Needs.HasFlag(UnlearnerNeeds.Oracles) && Oracles is null && Trainer is null)
        {
            throw Missing(method, "models retrained without the rows to forget, or a trainer to make them", nameof(Oracles));
        }
    }

    private static ArgumentException Missing(IUnlearner method, string what, string property) =>
        new($"Method '{method.Name}' needs {what}: set {nameof(UnlearningContext)}.{property}.", property);
}
