using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Attribution;

/// <summary>Finds the training rows that moved predictions most.</summary>
/// <param name="columns">Columns.</param>
/// <param name="model">The model and its rows.</param>
/// <param name="influence">Influence of the rows.</param>
/// <param name="options">Settings.</param>
internal sealed class InfluenceModel(FeatureColumns columns, AttributedModel model, IPreparedInfluence influence, AttributionOptions options) : IBatchModel
{
    public AddedColumns Columns => columns;

    public int BatchSize => options.RowsAtOnce(model.Rows.Count);

    /// <summary>Creates the model for rows behind the network step.</summary>
    public static InfluenceModel Create(DataViewSchema input, AttributedModel model, IPreparedInfluence influence, AttributionOptions options)
    {
        var added = Computed(options, Math.Min(options.TopK, model.Rows.Count));
        return new(new FeatureColumns(input, model.Network, withRowIds: false, added), model, influence, options);
    }

    /// <summary>The columns that are added.</summary>
    /// <param name="options">Their names.</param>
    /// <param name="sides">Training rows on each side.</param>
    public static IReadOnlyList<ComputedColumn> Computed(AttributionOptions options, int sides)
    {
        IEnumerable<string> Side(string name) => Enumerable.Range(1, sides).Select(rank => FormattableString.Invariant($"{name}.{rank}"));
        string[] names = [.. Side("Raising"), .. Side("Lowering")];
        void Annotate(DataViewSchema.Annotations.Builder builder) => KeyValues.AddText(builder, "SlotNames", names);
        return
        [
            new(options.InfluentialRowIdsColumnName, new VectorDataViewType(NumberDataViewType.Int64, 2 * sides), Annotate),
            new(options.InfluenceScoresColumnName, new VectorDataViewType(NumberDataViewType.Single, 2 * sides), Annotate),
        ];
    }

    // TorchSharp splits the work over threads of its own.
    public int Workers => 1;

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape) => new InfluenceBatch(columns, source, shape.Slots, model, influence, options);
}
