using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>The input's columns at their own positions, then the predicted label and the scores.</summary>
internal sealed class ScoringSchema : AddedColumns
{
    private const string ScoreColumnSetId = "ScoreColumnSetId";

    /// <param name="input">Schema of the rows to score.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="features">Number of features that the network takes.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="labels">Values behind the label keys, if there are any.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    public ScoringSchema(DataViewSchema input, ScoringColumns columns, int features, int classes, KeyValues? labels) : base(input)
    {
        Features = input.GetColumnOrNull(columns.Features) ?? throw RowSchema.Missing(columns.Features, "features");
        if (Features.Type is not VectorDataViewType vector || Features.Type.RawType != typeof(VBuffer<float>) || vector.Size != features)
        {
            throw new ArgumentException($"Column '{columns.Features}' is {Features.Type}, but the model was trained on a vector of {features} Singles.");
        }

        uint set = NextSet(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(columns.PredictedLabel, new KeyDataViewType(typeof(uint), classes), Annotate(set, "PredictedLabel", annotations => labels?.AddTo(annotations, KeyValues.AnnotationName)));
        builder.AddColumn(columns.Score, new VectorDataViewType(NumberDataViewType.Single, classes), Annotate(set, "Score", annotations =>
        {
            if (labels is not null)
            {
                KeyValues.AddText(annotations, "SlotNames", labels.ToText());
                labels.AddTo(annotations, "TrainingLabelValues");
            }
        }));
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    public override IReadOnlyList<DataViewSchema.Column> Sources => [Features];

    /// <summary>Column of features in the input.</summary>
    public DataViewSchema.Column Features { get; }

    /// <summary>Position of the predicted label in the output.</summary>
    public int PredictedLabel => InputColumns;

    /// <summary>Position of the scores in the output.</summary>
    public int Score => InputColumns + 1;

    private static DataViewSchema.Annotations Annotate(uint set, string valueKind, Action<DataViewSchema.Annotations.Builder> addMore)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ScoreColumnSetId, new KeyDataViewType(typeof(uint), int.MaxValue), (ref uint value) => value = set);
        builder.Add("ScoreColumnKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = "MulticlassClassification".AsMemory());
        builder.Add("ScoreValueKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
        addMore(builder);
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
