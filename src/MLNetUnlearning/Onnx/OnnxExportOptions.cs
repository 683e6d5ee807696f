using Microsoft.ML;

namespace MLNetUnlearning.Onnx;

/// <summary>Settings of an ONNX export.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>Oldest operator set that can be written.</summary>
    public const int MinimumOpset = 12;

    /// <summary>Newest operator set that can be written.</summary>
    public const int MaximumOpset = 17;

    /// <summary>Version of the ONNX operator set, from 12 to 17. Default 17; older runtimes take older sets.</summary>
    public int Opset { get; set; } = MaximumOpset;

    /// <summary>
    /// Name of the input, float32 [batch, features]. Default <c>Features</c>. Ignored when a whole pipeline is exported: its inputs are called like
    /// the columns they stand for.
    /// </summary>
    public string InputName { get; set; } = "Features";

    /// <summary>Name of the output with the scores: class probabilities, float32 [batch, classes]; log odds or one value, float32 [batch]; several values, float32 [batch, outputs]. Default <c>Score</c>.</summary>
    public string ScoreName { get; set; } = "Score";

    /// <summary>Name of the output with the most probable class, int64 [batch], from 0; of two classes 1 is true. Ignored by regression. Default <c>PredictedIndex</c>.</summary>
    public string PredictedIndexName { get; set; } = "PredictedIndex";

    /// <summary>
    /// Most sample rows of a pipeline that are scored both ways, from 1. Default 256. The first rows of the sample are taken; give rows with missing values and with categories that
    /// were not seen in training, if such rows will be scored.
    /// </summary>
    public int MaximumCheckedRows { get; set; } = 256;

    /// <summary>
    /// Writes the steps before the network, in place of this library's own converters: for steps that those do not know. Receives the steps, the sample rows and the stream to write
    /// an ONNX model to, as ML.NET's converter takes them (package Microsoft.ML.OnnxConverter): <c>(steps, rows, stream) => ml.Model.ConvertToOnnx(steps, rows, stream)</c>. The graph must
    /// have an output called like the feature column, with or without <c>.output</c> after it, and inputs called like columns of the sample. It is merged with the network's, which
    /// takes its operator set, from 9 to 17; <see cref="Opset"/> is then ignored. The result is checked like any other. Default null.
    /// </summary>
    public Action<ITransformer, IDataView, Stream>? PreprocessingConverter { get; set; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A name is empty or used twice, or the operator set or number of rows is out of range.</exception>
    public void Validate()
    {
        if (Opset is < MinimumOpset or > MaximumOpset)
        {
            throw new ArgumentOutOfRangeException(nameof(Opset), Opset, $"The ONNX operator set must be from {MinimumOpset} to {MaximumOpset}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumCheckedRows, 1);
        ArgumentException.ThrowIfNullOrWhiteSpace(InputName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ScoreName);
        ArgumentException.ThrowIfNullOrWhiteSpace(PredictedIndexName);
        if (ScoreName == PredictedIndexName)
        {
            throw new ArgumentException($"Scores and predicted index are both called '{ScoreName}'. Give one of them another name.");
        }
    }
}
