using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Scoring;

/// <summary>The input's columns at their own positions, then those that scoring adds.</summary>
internal sealed class ScoringSchema : AddedColumns
{
    private const string ScoreColumnSetId = "ScoreColumnSetId";

    /// <param name="input">Schema of the rows to score.</param>
    /// <param name="featureColumn">Column of features.</param>
    /// <param name="features">Number of features that the network takes.</param>
    /// <param name="head">The columns that scoring adds.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    public ScoringSchema(DataViewSchema input, string featureColumn, int features, PredictionHead head) : base(input)
    {
        Features = input.GetColumnOrNull(featureColumn) ?? throw RowSchema.Missing(featureColumn, "features");
        if (Features.Type is not VectorDataViewType vector || Features.Type.RawType != typeof(VBuffer<float>) || vector.Size != features)
        {
            throw new ArgumentException($"Column '{featureColumn}' is {Features.Type}, but the model was trained on a vector of {features} Singles.");
        }

        uint set = NextSet(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (var column in head.Columns)
        {
            builder.AddColumn(column.Name, column.Type, Annotate(set, head.ScoreColumnKind, column));
        }

        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    public override IReadOnlyList<DataViewSchema.Column> Sources => [Features];

    /// <summary>Column of features in the input.</summary>
    public DataViewSchema.Column Features { get; }

    private static DataViewSchema.Annotations Annotate(uint set, string task, ScoreColumn column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ScoreColumnSetId, new KeyDataViewType(typeof(uint), int.MaxValue), (ref uint value) => value = set);
        builder.Add("ScoreColumnKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = task.AsMemory());
        builder.Add("ScoreValueKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = column.ValueKind.AsMemory());
        column.Annotate(builder);
        return builder.ToAnnotations();
    }

    // Evaluators pair score columns by this number; each scorer in a pipeline has its own.
    private static uint NextSet(DataViewSchema input)
    {
        uint last = 0;
        foreach (var column in input)
        {
            if (column.Annotations.Schema.GetColumnOrNull(ScoreColumnSetId)?.Type is KeyDataViewType { RawType: var raw } && raw == typeof(uint))
            {
                uint value = 0;
                column.Annotations.GetValue(ScoreColumnSetId, ref value);
                last = Math.Max(last, value);
            }
        }

        return last + 1;
    }
}
