using Microsoft.ML;
using MLNetUnlearning.Data;
using MLNetUnlearning.Onnx;

namespace MLNetUnlearning.StockModel;

/// <summary>Values: ONNX Runtime computes them, and an affine regression model that changes nothing makes a single one a scalar.</summary>
/// <param name="score">Column of values.</param>
/// <param name="scaling">How labels were scaled for the network.</param>
/// <param name="isVector">Whether the column is a vector.</param>
internal sealed class RegressionSteps(string score, LabelScaling scaling, bool isVector) : StockSteps
{
    private const string Values = Prefix + "Values";

    public override IReadOnlyList<string> Columns => [score];

    public override IReadOnlyList<string> OnnxColumns => [Values];

    public override IReadOnlyList<string> Helpers => [];

    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs)
    {
        string values = RegressionNodes.AppendScores(builder, outputs, scaling);
        if (isVector)
        {
            ClassifierNodes.AddRow(builder, Values, values, scaling.Means.Count);
        }
        else
        {
            RegressionNodes.AddOutput(builder, Values, values, size: null);
        }
    }

    public override void Fit(MLContext ml, StepList steps)
    {
        if (isVector)
        {
            steps.Fit(ml.Transforms.CopyColumns(score, Values));
            return;
        }

        steps.Add(ScalarStep.Create(ml, Values));
        if (score != RegressionScore)
        {
            steps.Fit(ml.Transforms.CopyColumns(score, RegressionScore));
        }
    }
}
