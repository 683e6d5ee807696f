using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Documentation;

/// <summary>The samples of docs/how-to/scoring.md, word for word between the markers.</summary>
internal static class ScoringGuideSample
{
    public static float[][] ScoreFile(MLContext ml, IDataView rows)
    {
        // sample 1 begin
        var pipeline = ml.Transforms.ScoreOnnx(new OnnxScoringOptions
        {
            ModelFile = "model.onnx",
            Inputs = [new OnnxInput("Features", "Pixels")],             // input of the model, column of the rows
            Outputs = [new OnnxOutput("Score", "Probabilities")],       // output of the model, new column
        });
        using var model = pipeline.Fit(rows);
        var scored = model.Transform(rows);
        // sample 1 end
        return [.. scored.GetColumn<float[]>("Probabilities")];
    }

    public static NeuralNetworkOptions Engine()
    {
        // sample 2 begin
        var options = new NeuralNetworkOptions
        {
            ScoringEngine = ScoringEngine.TorchSharp,                   // default: OnnxRuntime
            Scoring = new ScoringOptions { BatchSize = 64 },            // default: 8 to 256 rows
        };
        // sample 2 end
        return options;
    }

    public static ScoringOptions Device()
    {
        // sample 3 begin
        var scoring = new ScoringOptions
        {
            Provider = ScoringProvider.Cuda,    // default Auto: CUDA if the MLContext's GpuDeviceId is set, as in ApplyOnnxModel
            DeviceId = 0,                       // default: the MLContext's GpuDeviceId
            FallbackToCpu = true,               // default: the MLContext's FallbackToCpu
            MaxWorkers = 2,                     // batches scored at the same time for one reader; default: one per processor, at most 8
            IntraOpThreads = 1,                 // 0: all cores for one batch
        };
        // sample 3 end
        return scoring;
    }
}
