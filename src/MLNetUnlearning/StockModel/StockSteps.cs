using Microsoft.ML;
using MLNetUnlearning.Onnx;

namespace MLNetUnlearning.StockModel;

/// <summary>The steps of ML.NET's own that follow the network in a stock model: an ONNX head, and what makes columns of its outputs.</summary>
internal abstract class StockSteps
{
    /// <summary>Column that ML.NET's regression models write to, <see cref="ScalarStep"/> among them.</summary>
    public const string RegressionScore = "Score";

    /// <summary>Beginning of the names of helper columns.</summary>
    public const string Prefix = "MLNetUnlearning.";

    /// <summary>Columns that the model adds.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Columns that the ONNX step adds; they go in the end.</summary>
    public abstract IReadOnlyList<string> OnnxColumns { get; }

    /// <summary>Other columns on the way; they go in the end.</summary>
    public abstract IReadOnlyList<string> Helpers { get; }

    /// <summary>Writes everything behind the network for single rows, outputs included: <see cref="OnnxColumns"/>.</summary>
    public abstract void AppendOnnx(OnnxGraphBuilder builder, string outputs);

    /// <summary>Makes <see cref="Columns"/> of <see cref="OnnxColumns"/>.</summary>
    public abstract void Fit(MLContext ml, StepList steps);
}
