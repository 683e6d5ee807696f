using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Tests.Onnx;

/// <summary>Scores rows in ONNX Runtime itself.</summary>
internal sealed class OrtScorer(byte[] model) : IDisposable
{
    private readonly InferenceSession session = new(model, new SessionOptions { IntraOpNumThreads = 1 });

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => session.OutputMetadata;

    public (float[] Scores, long[] Indexes) Score(float[] rows, int features, string input = "Features", string score = "Score", string index = "PredictedIndex")
    {
        using var value = OrtValue.CreateTensorValueFromMemory(rows, [rows.Length / features, features]);
        using var options = new RunOptions();
        using var results = session.Run(options, [input], [value], [score, index]);
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<long>().ToArray());
    }

    public void Dispose() => session.Dispose();
}
