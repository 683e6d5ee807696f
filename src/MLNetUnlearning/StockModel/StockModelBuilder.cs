using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.StockModel;

/// <summary>
/// Rebuilds a classifier from ML.NET's own components. Only they can be saved so that a process without this library loads the file, because ML.NET keeps
/// the interfaces for loadable components to itself.
/// </summary>
/// <remarks>
/// ONNX Runtime computes probabilities and the index of the predicted class; ML.NET's ONNX step gives vectors only, so an affine regression model that changes
/// nothing makes the index a scalar, and two mappings make it a key with the label's values.
/// </remarks>
internal static class StockModelBuilder
{
    /// <summary>Column that ML.NET's regression models write to.</summary>
    private const string RegressionScore = "Score";
    private const string Prefix = "MLNetUnlearning.";
    private const string Probabilities = Prefix + "Probabilities";
    private const string Index = Prefix + "Index";
    private const string Value = Prefix + "Value";
    private const string Kept = Prefix + "Kept";

    /// <summary>Builds the chain.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="network">The network; copied.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="label">Annotations of the label or predicted label column; its <c>KeyValues</c>, if there are any, become those of the predicted label.</param>
    /// <param name="slotNames">Names of the classes for the score column, in the order of the classes; null for none.</param>
    /// <param name="ownScore">
    /// Type of a column <c>Score</c> that the rows come with and that must stay visible; null if there is none. Only of interest if the model's column has another name.
    /// </param>
    /// <returns>The chain. Disposing it removes the temporary file of the ONNX step.</returns>
    /// <exception cref="ArgumentException">The number of key values or slot names is not that of the classes, or two columns have one name.</exception>
    public static TransformerChain<ITransformer> Build(
        MLContext ml,
        Network network,
        StockModelColumns columns,
        DataViewSchema.Annotations label,
        IReadOnlyCollection<string>? slotNames,
        DataViewType? ownScore = null)
    {
        if (columns.Score == columns.PredictedLabel)
        {
            throw new ArgumentException($"Scores and predicted label are both called '{columns.Score}'. Give one of them another name.", nameof(columns));
        }

        int classes = network.Graph.OutputSize;
        if (slotNames is not null && slotNames.Count != classes)
        {
            throw new ArgumentException($"{slotNames.Count} slot names do not fit {classes} classes.", nameof(slotNames));
        }

        string file = Path.Combine(ml.TempFilePath, $"mlnet-unlearning-{Guid.NewGuid():N}.onnx");
        try
        {
            File.WriteAllBytes(file, WriteOnnx(network, columns.Features, slotNames));
            return Reload(ml, Fit(ml, network, columns, label, file, ownScore));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static StepList Fit(MLContext ml, Network network, StockModelColumns columns, DataViewSchema.Annotations label, string onnxFile, DataViewType? ownScore)
    {
        bool keep = ownScore is not null && columns.Score != RegressionScore;
        var steps = new StepList(new EmptyRows(columns.Features, network.Graph.InputSize, keep ? ownScore : null));
        try
        {
            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(Kept, RegressionScore));
            }

            steps.Fit(ml.Transforms.ApplyOnnxModel([Probabilities, Index], [columns.Features], onnxFile));
            steps.Add(ScalarStep.Create(ml, Index));
            steps.Fit(LabelStep.Create(ml, label, network.Graph.OutputSize, RegressionScore, Value, columns.PredictedLabel));
            steps.Fit(ml.Transforms.CopyColumns(columns.Score, Probabilities));
            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(RegressionScore, Kept));
            }

            string[] helpers = columns.Score == RegressionScore || keep ? [Probabilities, Index, Value, Kept] : [Probabilities, Index, Value, RegressionScore];
            steps.Fit(ml.Transforms.DropColumns([.. helpers.Where(name => steps.Schema.GetColumnOrNull(name) is not null)]));
            return steps;
        }
        catch
        {
            steps.Dispose();
            throw;
        }
    }

    // ML.NET's ONNX step reads its file again when it is saved, and made from a stream it never deletes its temporary file. A loaded one holds a file of its own
    // and deletes it when disposed.
    private static TransformerChain<ITransformer> Reload(MLContext ml, StepList steps)
    {
        using (steps)
        {
            using var file = new MemoryStream();
            ml.Model.Save(new TransformerChain<ITransformer>(steps.ToArray()), steps.InputSchema, file);
            file.Position = 0;
            return (TransformerChain<ITransformer>)ml.Model.Load(file, out _);
        }
    }

    private static byte[] WriteOnnx(Network network, string features, IReadOnlyCollection<string>? slotNames)
    {
        var builder = new OnnxGraphBuilder("network", OnnxExportOptions.MaximumOpset, [Probabilities, Index]);
        string input = builder.AddInput(features, TensorProto.Types.DataType.Float, network.Graph.InputSize);
        string scores = ClassifierNodes.AppendScores(builder, NetworkNodes.Append(builder, network, input));
        string index = ClassifierNodes.AppendCast(builder, ClassifierNodes.AppendIndex(builder, scores), TensorProto.Types.DataType.Float);

        // ML.NET scores one row at a time; with a batch axis its column would be a vector [1, classes], which its own classifiers do not give.
        string flat = builder.AddConstant<long>("row.shape", TensorProto.Types.DataType.Int64, [network.Graph.OutputSize], 1);
        string row = builder.AddNode("Reshape", "row", [scores, flat]);
        builder.AddRowOutput(Probabilities, row, TensorProto.Types.DataType.Float, network.Graph.OutputSize);
        builder.AddOutput(Index, index, TensorProto.Types.DataType.Float);
        if (slotNames is not null)
        {
            builder.AddSlotNames(Probabilities, slotNames);
        }

        return builder.ToBytes(network.Graph.Spec.ToJson());
    }
}
