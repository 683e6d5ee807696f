using Microsoft.ML;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.StockModel;

/// <summary>Two classes: ONNX Runtime computes log odds and probability, affine regression models that change nothing make them scalars, and an expression compares the odds with 0.</summary>
/// <param name="score">Column of log odds.</param>
/// <param name="probability">Column of probabilities.</param>
/// <param name="predictedLabel">Column of predicted labels.</param>
internal sealed class BinarySteps(string score, string probability, string predictedLabel) : StockSteps
{
    private const string Odds = Prefix + "Odds";
    private const string Chance = Prefix + "Chance";
    private const string ScalarOdds = Prefix + "ScalarOdds";
    private const string ScalarChance = Prefix + "ScalarChance";

    public override IReadOnlyList<string> Columns => [predictedLabel, score, probability];

    public override IReadOnlyList<string> OnnxColumns => [Odds, Chance];

    public override IReadOnlyList<string> Helpers => [ScalarOdds, ScalarChance];

    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs)
    {
        string odds = BinaryNodes.AppendScore(builder, outputs);
        builder.AddOutput(Odds, odds, TensorProto.Types.DataType.Float);
        builder.AddOutput(Chance, BinaryNodes.AppendProbability(builder, odds), TensorProto.Types.DataType.Float);
    }

    public override void Fit(MLContext ml, StepList steps)
    {
        steps.Add(ScalarStep.Create(ml, Chance));
        steps.Fit(ml.Transforms.CopyColumns(ScalarChance, RegressionScore));
        steps.Add(ScalarStep.Create(ml, Odds));
        steps.Fit(ml.Transforms.CopyColumns(ScalarOdds, RegressionScore));
        steps.Fit(ml.Transforms.Expression(predictedLabel, "x => x > 0f", ScalarOdds));
        steps.Fit(ml.Transforms.CopyColumns(score, ScalarOdds));
        steps.Fit(ml.Transforms.CopyColumns(probability, ScalarChance));
    }
}
