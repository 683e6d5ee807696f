using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>
/// Writes a whole ML.NET model, from the user's columns to the predicted label, as one ONNX file. Every file is checked on sample rows before it is written.
/// </summary>
internal static class PipelineOnnxExporter
{
    /// <summary>Writes the steps that the features depend on, and the network, and checks them.</summary>
    /// <param name="steps">All steps of the model in order, the network among them; chains within the chain are opened.</param>
    /// <param name="sample">Rows like those the model was trained on; the first ones are scored both ways.</param>
    /// <param name="network">The step with the network, by reference one of <paramref name="steps"/>.</param>
    /// <param name="path">Full path that the file will have; empty for none.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="converters">What writes the steps; null for all that there are.</param>
    /// <returns>The file's content, and how it compared.</returns>
    /// <exception cref="ArgumentException">The network is not among the steps, or names collide.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A step that the features depend on has no ONNX form here.</exception>
    /// <exception cref="OnnxParityException">The ONNX model scores the sample otherwise, or there are no sample rows.</exception>
    public static (byte[] Model, OnnxExportReport Report) Create(
        IEnumerable<ITransformer> steps, IDataView sample, IOnnxNetworkStep network, string path, OnnxExportOptions? options = null, StepConverters? converters = null)
    {
        options ??= new OnnxExportOptions();
        options.Validate();
        ITransformer[] upToNetwork = UpTo(network, OpenedSteps.Flatten(steps, network));
        var scored = upToNetwork.Aggregate(sample, (view, step) => step.Transform(view));
        var opened = OpenedSteps.Open(upToNetwork[..^1], sample.Schema);
        var schemas = OpenedSteps.Schemas(opened, sample.Schema);
        var imported = options.PreprocessingConverter is { } converter && opened.Count > 0
            ? ImportedModel.Create(converter, new TransformerChain<ITransformer>(upToNetwork[..^1]), sample)
            : null;
        int opset = imported?.Opset ?? options.Opset;
        IPreprocessing Begin(OnnxGraphBuilder graph) => imported is null
            ? new PipelineWalk(graph, opened, schemas, converters ?? StepConverters.Default)
            : new ImportedPreprocessing(graph, imported, sample.Schema, schemas[^1], opened.Count);

        var builder = new OnnxGraphBuilder("pipeline", opset, network.Head.OnnxOutputs(options, scored.Schema));
        var preprocessing = Begin(builder);
        var features = preprocessing.Resolve(network.FeatureColumnName);
        network.Head.AppendOnnx(builder, NetworkNodes.Append(builder, network.Network, features.Value), options, scored.Schema);
        byte[] model = builder.ToBytes(network.Network.Graph.Spec.ToJson());

        List<IDataView> views = [sample];
        opened.ToList().ForEach(step => views.Add(step.Transformer.Transform(views[^1])));
        var rows = SampleRows.Read(views, preprocessing.Inputs, scored, network.Head, options.MaximumCheckedRows);
        StepCheck.Run(views, network.FeatureColumnName, Begin, opset, options.MaximumCheckedRows);
        var report = PipelineCheck.Run(model, [.. preprocessing.Inputs.Select(input => input.Name)], options, rows, path);
        NetworkCheck.Run(views[^1], network, rows.Scores, rows.Count);
        return (model, report);
    }

    /// <summary>Writes a checked file, whole or not at all. The parameters are those of <see cref="Create"/>.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static OnnxExportReport Export(
        IEnumerable<ITransformer> steps, IDataView sample, IOnnxNetworkStep network, string path, OnnxExportOptions? options = null, StepConverters? converters = null)
    {
        var (model, report) = Create(steps, sample, network, Path.GetFullPath(path), options, converters);
        AtomicFile.Write(path, model);
        return report;
    }

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
