using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tasks;

/// <summary>Values in the unit of the labels: the network's outputs times deviation plus mean.</summary>
/// <param name="score">Column of values.</param>
/// <param name="scaling">How labels were scaled for the network.</param>
/// <param name="isVector">Whether the label column is a vector, and so the column of values.</param>
internal sealed class RegressionHead(string score, LabelScaling scaling, bool isVector) : PredictionHead
{
    /// <summary>How labels were scaled for the network.</summary>
    public LabelScaling Scaling => scaling;

    /// <summary>Whether the column of values is a vector.</summary>
    public bool IsVector => isVector;

    public override PredictionTask Task => PredictionTask.Regression;

    public override string ScoreColumnName => score;

    public override string? PredictedLabelColumnName => null;

    public override int OutputCount => scaling.Means.Count;

    public override int ScoreCount => scaling.Means.Count;

    public override IReadOnlyList<float> ScoreUnits => scaling.Deviations;

    public override string ScoreColumnKind => "Regression";

    public override IReadOnlyList<ScoreColumn> Columns =>
    [
        isVector
            ? new(score, new VectorDataViewType(NumberDataViewType.Single, ScoreCount), "Score", scores => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => VectorScores.CopyTo(scores(), ref value)))
            : new(score, NumberDataViewType.Single, "Score", scores => (ValueGetter<float>)((ref float value) => value = scores()[0])),
    ];

    public override Tensor Scores(Tensor outputs) => scaling.IsIdentity ? outputs : outputs.mul(tensor(scaling.Deviations.ToArray())).add(tensor(scaling.Means.ToArray()), Held(1));

    public override string AppendScores(OnnxGraphBuilder builder, string outputs)
    {
        string values = RegressionNodes.AppendScores(builder, outputs, scaling);
        return ScoreCount == 1 ? RegressionNodes.AppendFirst(builder, values) : values;
    }

    public override IReadOnlyList<string> OnnxOutputs(OnnxExportOptions options, DataViewSchema scored) => [options.ScoreName];

    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs, OnnxExportOptions options, DataViewSchema scored) =>
        RegressionNodes.AddOutput(builder, options.ScoreName, RegressionNodes.AppendScores(builder, outputs, scaling), isVector ? ScoreCount : null);

    public override Func<long>? CreateDecisionGetter(DataViewRow row) => null;

    public override StockSteps CreateStockSteps() => new RegressionSteps(score, scaling, isVector);
}
