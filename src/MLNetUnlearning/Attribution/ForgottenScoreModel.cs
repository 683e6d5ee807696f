using Microsoft.ML;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Predicts scores as they would be after a deletion.</summary>
/// <param name="columns">Columns.</param>
/// <param name="model">The model and its rows.</param>
/// <param name="predicted">Predicted outputs.</param>
/// <param name="options">Settings.</param>
internal sealed class ForgottenScoreModel(FeatureColumns columns, AttributedModel model, PredictedOutputs predicted, PredictForgottenOptions options) : IBatchModel
{
    public AddedColumns Columns => columns;

    public int BatchSize => options.RowsAtOnce(model.Rows.FeatureCount);

    /// <summary>Creates the model for rows behind the network step.</summary>
    public static ForgottenScoreModel Create(DataViewSchema input, AttributedModel model, PredictedOutputs predicted, PredictForgottenOptions options)
    {
        return new(new FeatureColumns(input, model.Network, withRowIds: true, Computed(model.Network, options)), model, predicted, options);
    }

    /// <summary>The columns that are added, each like the score column.</summary>
    public static IReadOnlyList<ComputedColumn> Computed(NeuralNetworkTransformer network, PredictForgottenOptions options)
    {
        var score = network.Head.Columns.First(column => column.Name == network.ScoreColumnName);
        string[] names = [options.PredictedScoreColumnName, options.LowerColumnName, options.UpperColumnName];
        return [.. names.Select(name => new ComputedColumn(name, score.Type, score.Annotate))];
    }

    // TorchSharp splits the work over threads of its own.
    public int Workers => 1;

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape) => new ForgottenScoreBatch(columns, source, shape.Slots, model, predicted);
}
