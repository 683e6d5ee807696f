using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>
/// Compares the model's scores with those that TorchSharp gives. ML.NET's Transform may run the network in ONNX Runtime, too, and would then agree with a wrongly written network.
/// </summary>
internal static class NetworkCheck
{
    private const int BatchSize = 256;

    /// <summary>Scores rows in TorchSharp.</summary>
    /// <param name="prepared">Rows with features.</param>
    /// <param name="network">The network.</param>
    /// <param name="scores">The model's scores of the first rows, row by row.</param>
    /// <param name="rows">Number of these rows.</param>
    /// <exception cref="OnnxParityException">A score differs.</exception>
    public static void Run(IDataView prepared, IOnnxNetworkStep network, float[] scores, int rows)
    {
        int size = scores.Length / rows, first = 0;
        var units = network.Head.ScoreUnits;
        foreach (float[][] batch in prepared.GetColumn<float[]>(network.FeatureColumnName).Take(rows).Chunk(BatchSize))
        {
            float[] expected = Score(network, batch);
            for (int i = 0; i < expected.Length; i++)
            {
                float actual = scores[first * size + i];
                if (!(Math.Abs(expected[i] - actual) <= PipelineCheck.Tolerance * Math.Max(units[i % size], Math.Abs(expected[i]))))
                {
                    throw new OnnxParityException(
                        $"The network scores sample row {first + i / size + 1} as {actual} when run for ML.NET and as {expected[i]} in TorchSharp, where it was trained. Nothing was written.", null, "NeuralNetwork");
                }
            }

            first += batch.Length;
        }
    }

    private static float[] Score(IOnnxNetworkStep network, float[][] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, network.Network.Graph.InputSize]);
        return network.Head.Scores(network.Network.call(features)).ToHost<float>();
    }
}
