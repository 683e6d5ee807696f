using Microsoft.ML;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tasks;

/// <summary>
/// What becomes of a network's outputs: scores, and the columns made of them. One place says it for scoring, for ONNX and for stock models, so that the three cannot disagree.
/// </summary>
internal abstract class PredictionHead
{
    /// <summary>What the model predicts.</summary>
    public abstract PredictionTask Task { get; }

    /// <summary>Column of scores.</summary>
    public abstract string ScoreColumnName { get; }

    /// <summary>Column of predicted labels; null if the task has none.</summary>
    public abstract string? PredictedLabelColumnName { get; }

    /// <summary>Number of outputs that the network has.</summary>
    public abstract int OutputCount { get; }

    /// <summary>Number of scores of a row.</summary>
    public abstract int ScoreCount { get; }

    /// <summary>Size of each score's usual differences, against which deviations of float32 arithmetic are judged. Default 1 each: logits and probabilities.</summary>
    public virtual IReadOnlyList<float> ScoreUnits => [.. Enumerable.Repeat(1f, ScoreCount)];

    /// <summary>Word in the annotations of all columns by which evaluators know the task.</summary>
    public abstract string ScoreColumnKind { get; }

    /// <summary>The columns that scoring adds, in the order of ML.NET's own models.</summary>
    public abstract IReadOnlyList<ScoreColumn> Columns { get; }

    /// <summary>Turns the network's outputs into scores.</summary>
    /// <param name="outputs">[rows, <see cref="OutputCount"/>].</param>
    /// <returns>[rows, <see cref="ScoreCount"/>].</returns>
    public abstract Tensor Scores(Tensor outputs);

    /// <summary>Writes the nodes that turn the network's outputs into scores.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="outputs">The network's outputs, [batch, <see cref="OutputCount"/>].</param>
    /// <returns>Name of the scores, [batch, <see cref="ScoreCount"/>], or [batch] for one score a row.</returns>
    public abstract string AppendScores(OnnxGraphBuilder builder, string outputs);

    /// <summary>Names that an exported graph's outputs will have.</summary>
    /// <param name="options">Names that the caller chose.</param>
    /// <param name="scored">Columns behind the network.</param>
    public abstract IReadOnlyList<string> OnnxOutputs(OnnxExportOptions options, DataViewSchema scored);

    /// <summary>Writes everything behind the network, outputs included.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="outputs">The network's outputs, [batch, <see cref="OutputCount"/>].</param>
    /// <param name="options">Names that the caller chose.</param>
    /// <param name="scored">Columns behind the network.</param>
    public abstract void AppendOnnx(OnnxGraphBuilder builder, string outputs, OnnxExportOptions options, DataViewSchema scored);

    /// <summary>
    /// Creates a getter of the index of the predicted class of the current row, which the graph's output <see cref="OnnxExportOptions.PredictedIndexName"/> must equal; null if the task has no classes.
    /// </summary>
    public abstract Func<long>? CreateDecisionGetter(DataViewRow row);

    /// <summary>The columns of the stock model that scores alike.</summary>
    public abstract StockSteps CreateStockSteps();
}
