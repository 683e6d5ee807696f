using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tasks;

/// <summary>Probabilities of several classes, and the most probable one as a key.</summary>
/// <param name="score">Column of class probabilities.</param>
/// <param name="predictedLabel">Column of predicted labels.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="labels">Values behind the label keys, if there are any.</param>
internal sealed class MulticlassHead(string score, string predictedLabel, int classes, KeyValues? labels) : PredictionHead
{
    /// <summary>Values behind the label keys, if there are any.</summary>
    public KeyValues? Labels => labels;

    public override PredictionTask Task => PredictionTask.MulticlassClassification;

    public override string ScoreColumnName => score;

    public override string PredictedLabelColumnName => predictedLabel;

    public override int OutputCount => classes;

    public override int ScoreCount => classes;

    public override string ScoreColumnKind => "MulticlassClassification";

    public override IReadOnlyList<ScoreColumn> Columns =>
    [
        new(predictedLabel, new KeyDataViewType(typeof(uint), classes), "PredictedLabel", scores => (ValueGetter<uint>)((ref uint value) => value = Largest(scores())))
        {
            Annotate = annotations => labels?.AddTo(annotations, KeyValues.AnnotationName),
        },
        new(score, new VectorDataViewType(NumberDataViewType.Single, classes), "Score", scores => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => VectorScores.CopyTo(scores(), ref value)))
        {
            Annotate = annotations =>
            {
                if (labels is not null)
                {
                    KeyValues.AddText(annotations, "SlotNames", labels.ToText());
                    labels.AddTo(annotations, "TrainingLabelValues");
                }
            },
        },
    ];

    public override Tensor Scores(Tensor outputs) => outputs.softmax(1);

    public override string AppendScores(OnnxGraphBuilder builder, string outputs) => ClassifierNodes.AppendScores(builder, outputs);

    public override IReadOnlyList<string> OnnxOutputs(OnnxExportOptions options, DataViewSchema scored) =>
        [options.ScoreName, options.PredictedIndexName, .. WritesLabel(options, scored) ? [predictedLabel] : Array.Empty<string>()];

    public override void AppendOnnx(OnnxGraphBuilder builder, string outputs, OnnxExportOptions options, DataViewSchema scored)
    {
        string scores = AppendScores(builder, outputs);
        string index = ClassifierNodes.AppendIndex(builder, scores);
        builder.AddOutput(options.ScoreName, scores, TensorProto.Types.DataType.Float, classes);
        builder.AddOutput(options.PredictedIndexName, index, TensorProto.Types.DataType.Int64);
        if (WritesLabel(options, scored))
        {
            LabelNodes.Append(builder, predictedLabel, index, scored[predictedLabel]);
        }
    }

    public override Func<long> CreateDecisionGetter(DataViewRow row)
    {
        var getter = row.GetGetter<uint>(row.Schema[predictedLabel]);
        uint key = 0;
        return () =>
        {
            getter(ref key);
            return key - 1L;
        };
    }

    public override StockSteps CreateStockSteps()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        labels?.AddTo(annotations, KeyValues.AnnotationName);
        return new MulticlassSteps(score, predictedLabel, classes, annotations.ToAnnotations(), labels?.ToText());
    }

    private bool WritesLabel(OnnxExportOptions options, DataViewSchema scored) => LabelNodes.IsSupported(scored[predictedLabel]) && predictedLabel != options.PredictedIndexName;

    /// <summary>Key of the class with the highest probability, from 1; 0, the missing key, if a feature was not a number.</summary>
    private static uint Largest(ReadOnlySpan<float> scores)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > (best < 0 ? float.NegativeInfinity : scores[best]))
            {
                best = i;
            }
        }

        return (uint)(best + 1);
    }
}
