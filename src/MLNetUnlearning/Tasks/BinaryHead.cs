using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tasks;

/// <summary>The log odds of yes, their probability, and whether they are above 0.</summary>
/// <remarks>
/// The network has an output for no and one for yes, and a row's score is their difference: what Core does with classes (loss, curvature, margins, tests) holds for two of them as it is. The margin of a row
/// is then its score, with the sign of its label.
/// </remarks>
/// <param name="score">Column of log odds.</param>
/// <param name="probability">Column of probabilities.</param>
/// <param name="predictedLabel">Column of predicted labels.</param>
internal sealed class BinaryHead(string score, string probability, string predictedLabel) : PredictionHead
{
    public override PredictionTask Task => PredictionTask.BinaryClassification;

    public override string ScoreColumnName => score;

    public override string PredictedLabelColumnName => predictedLabel;

    /// <summary>Column of probabilities.</summary>
    public string ProbabilityColumnName => probability;

    public override int OutputCount => 2;

    public override int ScoreCount => 1;

    public override string ScoreColumnKind => "BinaryClassification";

    public override IReadOnlyList<ScoreColumn> Columns =>
    [
        new(predictedLabel, BooleanDataViewType.Instance, "PredictedLabel", scores => (ValueGetter<bool>)((ref bool value) => value = scores()[0] > 0)),
        new(score, NumberDataViewType.Single, "Score", scores => (ValueGetter<float>)((ref float value) => value = scores()[0])),
        new(probability, NumberDataViewType.Single, "Probability", scores => (ValueGetter<float>)((ref float value) => value = Sigmoid(scores()[0])))
        {
            Annotate = annotations => annotations.Add("IsNormalized", BooleanDataViewType.Instance, (ref bool value) => value = true),
        },
    ];

    public override Tensor Scores(Tensor outputs) => outputs.slice(1, 1, 2, 1).sub(outputs.slice(1, 0, 1, 1));

    public override string AppendScores(OnnxGraphBuilder builder, string outputs) => BinaryNodes.AppendScore(builder, outputs);

    public override IReadOnlyList<string> OnnxOutputs(OnnxExportOptions options, DataViewSchema scored) => [options.ScoreName, probability, options.PredictedIndexName, predictedLabel];

    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs, OnnxExportOptions options, DataViewSchema scored)
    {
        string odds = AppendScores(builder, outputs);
        string yes = BinaryNodes.AppendDecision(builder, odds);
        builder.AddOutput(options.ScoreName, odds, TensorProto.Types.DataType.Float);
        builder.AddOutput(probability, BinaryNodes.AppendProbability(builder, odds), TensorProto.Types.DataType.Float);
        builder.AddOutput(options.PredictedIndexName, ClassifierNodes.AppendCast(builder, yes, TensorProto.Types.DataType.Int64), TensorProto.Types.DataType.Int64);
        builder.AddOutput(predictedLabel, yes, TensorProto.Types.DataType.Bool);
    }

    public override Func<long> CreateDecisionGetter(DataViewRow row)
    {
        var getter = row.GetGetter<bool>(row.Schema[predictedLabel]);
        bool yes = false;
        return () =>
        {
            getter(ref yes);
            return yes ? 1 : 0;
        };
    }

    public override StockSteps CreateStockSteps() => new BinarySteps(score, probability, predictedLabel);

    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}
