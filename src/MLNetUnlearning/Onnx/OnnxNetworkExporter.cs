using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Writes a network as one ONNX file: features in, class probabilities and predicted class out, any batch size.</summary>
public static class OnnxNetworkExporter
{
    /// <summary>Writes the network to memory.</summary>
    /// <param name="network">The network; batch normalisation is written in evaluation mode.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <returns>The file's content.</returns>
    /// <exception cref="ArgumentException">The options do not fit together.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A layer has no ONNX form here, or the weights do not fit one file (2 GB).</exception>
    public static byte[] Export(Network network, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new OnnxExportOptions();
        options.Validate();
        var builder = new OnnxGraphBuilder("network", options.Opset, [options.ScoreName, options.PredictedIndexName]);
        string features = builder.AddInput(options.InputName, TensorProto.Types.DataType.Float, network.Graph.InputSize);
        string scores = ClassifierNodes.AppendScores(builder, NetworkNodes.Append(builder, network, features));
        builder.AddOutput(options.ScoreName, scores, TensorProto.Types.DataType.Float, network.Graph.OutputSize);
        builder.AddOutput(options.PredictedIndexName, ClassifierNodes.AppendIndex(builder, scores), TensorProto.Types.DataType.Int64);
        return builder.ToBytes(network.Graph.Spec.ToJson());
    }

    /// <summary>Writes the network to a file, whole or not at all: on failure the path is as it was.</summary>
    /// <param name="network">The network; batch normalisation is written in evaluation mode.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options do not fit together.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A layer has no ONNX form here, or the weights do not fit one file (2 GB).</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void ExportFile(Network network, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Export(network, options));
    }
}
