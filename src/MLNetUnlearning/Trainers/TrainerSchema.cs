using Microsoft.ML;
using MLNetUnlearning.Data;

namespace MLNetUnlearning.Trainers;

/// <summary>The columns of the trainer before it is fitted.</summary>
/// <remarks>
/// ML.NET lets nobody outside it create a <see cref="SchemaShape.Column"/>. A stock trainer of the same task adds exactly the columns that ours adds, so its own answer
/// is used, and a stock copying step renames them where the caller wants other names.
/// </remarks>
internal static class TrainerSchema
{
    private static readonly MLContext Context = new(seed: 0);

    /// <summary>Checks the columns that training reads and returns the columns after it.</summary>
    public static SchemaShape Check(SchemaShape input, NeuralNetworkOptions options)
    {
        var features = Require(input, options.FeatureColumnName, "features");
        bool vector = features.Kind == SchemaShape.Column.VectorKind.Vector && features.ItemType.RawType == typeof(float);
        RowSchema.CheckFeatures(options.FeatureColumnName, vector, size: 1, Describe(features));
        var label = Require(input, options.LabelColumnName, "labels");
        LabelType.Check(options.Task, options.LabelColumnName, LabelType.Fits(options.Task, label), Describe(label));
        if (options.CanUnlearn)
        {
            var rowId = Require(input, options.RowIdColumnName!, "row ids");
            if (rowId.Kind != SchemaShape.Column.VectorKind.Scalar || rowId.IsKey || !RowIdReader.Supports(rowId.ItemType))
            {
                throw RowSchema.WrongRowId(options.RowIdColumnName!, Describe(rowId));
            }
        }

        if (options.HasGroups)
        {
            var group = Require(input, options.GroupColumnName!, "groups");
            if (group.Kind != SchemaShape.Column.VectorKind.Scalar || !(group.IsKey || GroupReader.Supports(group.ItemType)))
            {
                throw GroupReader.Wrong(options.GroupColumnName!, Describe(group));
            }
        }

        SchemaShape.Column[] added = [.. Outputs(input, options)];
        return new SchemaShape([.. input.Where(column => added.All(other => other.Name != column.Name)), .. added]);
    }

    private static IEnumerable<SchemaShape.Column> Outputs(SchemaShape input, NeuralNetworkOptions options)
    {
        switch (options)
        {
            case NeuralNetworkRegressionOptions when Find(input, options.LabelColumnName).Kind == SchemaShape.Column.VectorKind.Vector:
                // No stock trainer gives several values; the label column itself has their type.
                yield return Find(Context.Transforms.CopyColumns(options.ScoreColumnName, options.LabelColumnName).GetOutputSchema(input), options.ScoreColumnName);
                break;
            case NeuralNetworkRegressionOptions:
                yield return Rename(Find(Context.Regression.Trainers.Sdca(options.LabelColumnName, options.FeatureColumnName).GetOutputSchema(input), "Score"), options.ScoreColumnName);
                break;
            case NeuralNetworkBinaryOptions binary:
                var two = Context.BinaryClassification.Trainers.SdcaLogisticRegression(options.LabelColumnName, options.FeatureColumnName).GetOutputSchema(input);
                yield return Rename(Find(two, "PredictedLabel"), options.PredictedLabelColumnName);
                yield return Rename(Find(two, "Score"), options.ScoreColumnName);
                yield return Rename(Find(two, "Probability"), binary.ProbabilityColumnName);
                break;
            default:
                var many = Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(options.LabelColumnName, options.FeatureColumnName).GetOutputSchema(input);
                yield return Rename(Find(many, "PredictedLabel"), options.PredictedLabelColumnName);
                yield return Rename(Find(many, "Score"), options.ScoreColumnName);
                break;
        }
    }

    private static SchemaShape.Column Rename(SchemaShape.Column column, string name) =>
        column.Name == name ? column : Find(Context.Transforms.CopyColumns(name, column.Name).GetOutputSchema(new SchemaShape([column])), name);

    private static SchemaShape.Column Require(SchemaShape schema, string name, string content) =>
        schema.Any(column => column.Name == name) ? Find(schema, name) : throw RowSchema.Missing(name, content);

    // The last one wins: columns of the same name hide earlier ones.
    private static SchemaShape.Column Find(SchemaShape schema, string name) => schema.Last(column => column.Name == name);

    private static string Describe(SchemaShape.Column column) =>
        $"{(column.Kind == SchemaShape.Column.VectorKind.Scalar ? "" : column.Kind + " of ")}{(column.IsKey ? "Key of " : "")}{column.ItemType}";
}
