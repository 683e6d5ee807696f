using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.StockModel;

/// <summary>
/// Rebuilds a model from ML.NET's own components. Only they can be saved so that a process without this library loads the file, because ML.NET keeps
/// the interfaces for loadable components to itself.
/// </summary>
internal static class StockModelBuilder
{
    private const string Kept = StockSteps.Prefix + "Kept";

    /// <summary>Builds the chain of a classifier of several classes.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="network">The network; copied.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="label">Annotations of the label or predicted label column; its <c>KeyValues</c>, if there are any, become those of the predicted label.</param>
    /// <param name="slotNames">Names of the classes for the score column, in the order of the classes; null for none.</param>
    /// <param name="ownScore">See the other overload.</param>
    /// <returns>The chain. Disposing it removes the temporary file of the ONNX step.</returns>
    /// <exception cref="ArgumentException">The number of key values or slot names is not that of the classes, or two columns have one name.</exception>
    public static TransformerChain<ITransformer> Build(
        MLContext ml,
        Network network,
        StockModelColumns columns,
        DataViewSchema.Annotations label,
        IReadOnlyCollection<string>? slotNames,
        DataViewType? ownScore = null) =>
        Build(ml, network, columns.Features, new MulticlassSteps(columns.Score, columns.PredictedLabel, network.Graph.OutputSize, label, slotNames), ownScore);

    /// <summary>Builds the chain of any task.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="network">The network; copied.</param>
    /// <param name="features">Column of features.</param>
    /// <param name="task">What follows the network.</param>
    /// <param name="ownScore">
    /// Type of a column <c>Score</c> that the rows come with and that must stay visible; null if there is none. Only of interest if the model adds no column of that name.
    /// </param>
    /// <returns>The chain. Disposing it removes the temporary file of the ONNX step.</returns>
    /// <exception cref="ArgumentException">Two columns have one name, or the labels do not fit the network.</exception>
    public static TransformerChain<ITransformer> Build(MLContext ml, Network network, string features, StockSteps task, DataViewType? ownScore = null)
    {
        if (task.Columns.Distinct(StringComparer.Ordinal).Count() < task.Columns.Count)
        {
            throw new ArgumentException($"Two of the columns {string.Join(", ", task.Columns)} have one name. Give one of them another name.", nameof(task));
        }

        string file = Path.Combine(ml.TempFilePath, $"mlnet-unlearning-{Guid.NewGuid():N}.onnx");
        try
        {
            File.WriteAllBytes(file, WriteOnnx(network, features, task));
            return Reload(ml, Fit(ml, network, features, task, file, ownScore));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static StepList Fit(MLContext ml, Network network, string features, StockSteps task, string onnxFile, DataViewType? ownScore)
    {
        bool addsScore = task.Columns.Contains(StockSteps.RegressionScore), keep = ownScore is not null && !addsScore;
        var steps = new StepList(new EmptyRows(features, network.Graph.InputSize, keep ? ownScore : null));
        try
        {
            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(Kept, StockSteps.RegressionScore));
            }

            steps.Fit(ml.Transforms.ApplyOnnxModel([.. task.OnnxColumns], [features], onnxFile));
            task.Fit(ml, steps);
            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(StockSteps.RegressionScore, Kept));
            }

            string[] helpers = [.. task.OnnxColumns, .. task.Helpers, Kept, .. addsScore || keep ? Array.Empty<string>() : [StockSteps.RegressionScore]];
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
    internal static TransformerChain<ITransformer> Reload(MLContext ml, StepList steps)
    {
        using (steps)
        {
            using var file = new MemoryStream();
            ml.Model.Save(new TransformerChain<ITransformer>(steps.ToArray()), steps.InputSchema, file);
            file.Position = 0;
            return (TransformerChain<ITransformer>)ml.Model.Load(file, out _);
        }
    }

    private static byte[] WriteOnnx(Network network, string features, StockSteps task)
    {
        var builder = new OnnxGraphBuilder("network", OnnxExportOptions.MaximumOpset, task.OnnxColumns);
        string input = builder.AddInput(features, TensorProto.Types.DataType.Float, network.Graph.InputSize);
        task.AppendOnnx(builder, NetworkNodes.Append(builder, network, input));
        return builder.ToBytes(network.Graph.Spec.ToJson());
    }
}
