using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Onnx;

/// <summary>One ONNX file without external data holds less than 2 GB, because that is where protocol buffers end.</summary>
internal static class OnnxSizeLimit
{
    /// <summary>Most bytes of numbers; the rest up to 2 GB is for names and structure.</summary>
    public const long WeightBytes = int.MaxValue - (64L << 20);

    /// <exception cref="UnsupportedOnnxExportException">The network is too large for one file.</exception>
    public static void Check(NetworkGraph graph) => Check(graph.Parameters.Sum(parameter => checked(parameter.Count * sizeof(float))));

    /// <exception cref="UnsupportedOnnxExportException">So many bytes of numbers do not fit one file.</exception>
    public static void Check(long bytes)
    {
        if (bytes > WeightBytes)
        {
            throw new UnsupportedOnnxExportException($"The model has {bytes:N0} bytes of weights; one ONNX file holds at most {WeightBytes:N0}. Choose a smaller network.");
        }
    }
}
