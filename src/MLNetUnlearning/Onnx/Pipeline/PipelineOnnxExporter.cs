using Microsoft.ML;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>
/// Writes a whole ML.NET model, from the user's columns to the predicted label, as one ONNX file. Every file is checked on sample rows before it is written.
/// </summary>
internal static class PipelineOnnxExporter
{
    /// <summary>Most rows that are scored both ways.</summary>
    public const int MaximumSampleRows = 256;

    /// <summary>Exports the steps that the features depend on, and the network.</summary>
    /// <param name="steps">All steps of the model in order, the network among them; chains within the chain are opened.</param>
    /// <param name="sample">Rows like those the model was trained on; the first 256 are scored both ways.</param>
    /// <param name="network">The step with the network, by reference one of <paramref name="steps"/>.</param>
    /// <param name="path">The file; replaced if it exists, whole or not at all.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <returns>What was written and how it compared.</returns>
    /// <exception cref="ArgumentException">The network is not among the steps, or names collide.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A step that the features depend on has no ONNX form here.</exception>
    /// <exception cref="OnnxParityException">The ONNX model scores the sample otherwise, or there are no sample rows.</exception>
    public static OnnxExportReport Export(IEnumerable<ITransformer> steps, IDataView sample, IOnnxNetworkStep network, string path, OnnxExportOptions? options = null)
    {
        options ??= new OnnxExportOptions();
        options.Validate();
        ITransformer[] upToNetwork = UpTo(network, Flatten(steps, network));
        List<IDataView> views = [sample];
        foreach (var step in upToNetwork)
        {
            views.Add(step.Transform(views[^1]));
        }

        var scored = views[^1].Schema;
        var builder = new OnnxGraphBuilder("pipeline", options.Opset, network.Head.OnnxOutputs(options, scored));
        var walk = new PipelineWalk(builder, upToNetwork[..^1], [.. views.Take(upToNetwork.Length).Select(view => view.Schema)]);
        var features = walk.Resolve(upToNetwork.Length - 1, network.FeatureColumnName);
        network.Head.AppendOnnx(builder, NetworkNodes.Append(builder, network.Network, features.Value), options, scored);
        byte[] model = builder.ToBytes(network.Network.Graph.Spec.ToJson());
        var rows = SampleRows.Read(sample, walk.Inputs, views[^1], network.Head, MaximumSampleRows);
        var report = PipelineCheck.Run(model, [.. walk.Inputs.Select(column => column.Name)], options, rows, Path.GetFullPath(path));
        AtomicFile.Write(path, model);
        return report;
    }

    private static IEnumerable<ITransformer> Flatten(IEnumerable<ITransformer> steps, IOnnxNetworkStep network) =>
        steps.SelectMany(step => step is IEnumerable<ITransformer> chain && !ReferenceEquals(step, network) ? Flatten(chain, network) : [step]);

    private static ITransformer[] UpTo(IOnnxNetworkStep network, IEnumerable<ITransformer> steps)
    {
        var result = new List<ITransformer>();
        foreach (var step in steps)
        {
            result.Add(step);
            if (ReferenceEquals(step, network))
            {
                return [.. result];
            }
        }

        throw new ArgumentException("The model has no such neural network step. Export a model that was trained with the neural network trainer of this library.", nameof(network));
    }
}
