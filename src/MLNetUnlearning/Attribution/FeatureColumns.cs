using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Attribution;

/// <summary>The input's columns, then columns computed from the features and, where it is there, the row id.</summary>
internal sealed class FeatureColumns : AddedColumns
{
    /// <param name="input">Schema behind the network step.</param>
    /// <param name="network">The step.</param>
    /// <param name="withRowIds">Whether row ids are read where there are any.</param>
    /// <param name="computed">The columns to add.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    public FeatureColumns(DataViewSchema input, NeuralNetworkTransformer network, bool withRowIds, IReadOnlyList<ComputedColumn> computed) : base(input)
    {
        Features = input.GetColumnOrNull(network.FeatureColumnName) ?? throw RowSchema.Missing(network.FeatureColumnName, "features");
        if (Features.Type is not VectorDataViewType vector || Features.Type.RawType != typeof(VBuffer<float>) || vector.Size != network.Scorer.FeatureCount)
        {
            throw new ArgumentException($"Column '{Features.Name}' is {Features.Type}, but the model was trained on a vector of {network.Scorer.FeatureCount} Singles.");
        }

        RowId = withRowIds && input.GetColumnOrNull(network.RowIdColumnName!) is { } id && RowIdReader.Supports(id.Type) ? id : null;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        Add(builder, computed);
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    public override IReadOnlyList<DataViewSchema.Column> Sources => RowId is { } id ? [Features, id] : [Features];

    /// <summary>Column of features.</summary>
    public DataViewSchema.Column Features { get; }

    /// <summary>Column of row ids; null if there is none, or it is not asked for.</summary>
    public DataViewSchema.Column? RowId { get; }

    /// <summary>A schema of nothing but the computed columns.</summary>
    public static DataViewSchema Alone(IReadOnlyList<ComputedColumn> computed)
    {
        var builder = new DataViewSchema.Builder();
        Add(builder, computed);
        return builder.ToSchema();
    }

    private static void Add(DataViewSchema.Builder builder, IReadOnlyList<ComputedColumn> computed)
    {
        foreach (var column in computed)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            column.Annotate?.Invoke(annotations);
            builder.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }
    }
}
