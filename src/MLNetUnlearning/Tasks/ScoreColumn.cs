using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tasks;

/// <summary>A column that a model adds to the rows it scores.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type.</param>
/// <param name="ValueKind">What the column holds, as evaluators want to know it.</param>
/// <param name="CreateGetter">Makes a getter, a <see cref="ValueGetter{TValue}"/> of the type, from the scores of the current row.</param>
internal sealed record ScoreColumn(string Name, DataViewType Type, string ValueKind, Func<CurrentScores, Delegate> CreateGetter)
{
    /// <summary>Adds annotations beyond those that every score column has.</summary>
    public Action<DataViewSchema.Annotations.Builder> Annotate { get; init; } = _ => { };
}
