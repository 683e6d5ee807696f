using Microsoft.ML;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.StockModel;

/// <summary>
/// Several classes: ONNX Runtime computes probabilities and the index of the predicted class; an affine regression model that changes nothing makes the index a scalar, and two mappings make it a key with the
/// label's values.
/// </summary>
/// <param name="score">Column of class probabilities.</param>
/// <param name="predictedLabel">Column of predicted labels.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="label">Annotations of the label or predicted label column; its <c>KeyValues</c>, if there are any, become those of the predicted label.</param>
/// <param name="slotNames">Names of the classes for the score column, in the order of the classes; null for none.</param>
internal sealed class MulticlassSteps(string score, string predictedLabel, int classes, DataViewSchema.Annotations label, IReadOnlyCollection<string>? slotNames) : StockSteps
{
    private const string Probabilities = Prefix + "Probabilities";
    private const string Index = Prefix + "Index";
    private const string Value = Prefix + "Value";

    public override IReadOnlyList<string> Columns => [predictedLabel, score];

    public override IReadOnlyList<string> OnnxColumns => [Probabilities, Index];

    public override IReadOnlyList<string> Helpers => [Value];

    /// <exception cref="ArgumentException">The number of slot names is not that of the classes.</exception>
    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs)
    {
        if (slotNames is not null && slotNames.Count != classes)
        {
            throw new ArgumentException($"{slotNames.Count} slot names do not fit {classes} classes.", nameof(builder));
        }

        string scores = ClassifierNodes.AppendScores(builder, outputs);
        string index = ClassifierNodes.AppendCast(builder, ClassifierNodes.AppendIndex(builder, scores), TensorProto.Types.DataType.Float);
        ClassifierNodes.AddRow(builder, Probabilities, scores, classes);
        builder.AddOutput(Index, index, TensorProto.Types.DataType.Float);
        if (slotNames is not null)
        {
            builder.AddSlotNames(Probabilities, slotNames);
        }
    }

    public override void Fit(MLContext ml, StepList steps)
    {
        steps.Add(ScalarStep.Create(ml, Index));
        steps.Fit(LabelStep.Create(ml, label, classes, RegressionScore, Value, predictedLabel));
        steps.Fit(ml.Transforms.CopyColumns(score, Probabilities));
    }
}
