using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>What happens where CUDA is asked for and absent. With an ONNX Runtime that has CUDA these tests have nothing to show.</summary>
[TestClass]
public sealed class ScoringDeviceTests
{
    [TestInitialize]
    public void SkipWithCuda()
    {
        if (OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            Assert.Inconclusive("This ONNX Runtime has CUDA.");
        }
    }

    [TestMethod]
    public void ScoreOnnx_CudaWithoutFallback_IsOneClearError()
    {
        var ml = new MLContext(seed: 1);
        var options = SumRow.Options();
        options.Scoring.Provider = ScoringProvider.Cuda;
        options.Scoring.DeviceId = 1;
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => ml.Transforms.ScoreOnnx(options)).Message;
        StringAssert.Contains(message, "CUDA device 1");
        StringAssert.Contains(message, "FallbackToCpu");
        options.Scoring = new ScoringOptions();
        ml.GpuDeviceId = 2;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => ml.Transforms.ScoreOnnx(options)).Message, "CUDA device 2");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Fit_CudaWithFallback_WarnsOnceAndScores(bool byContext)
    {
        var ml = new MLContext(seed: 1) { FallbackToCpu = byContext };
        var options = SumRow.Options();
        if (byContext)
        {
            ml.GpuDeviceId = 0;
        }
        else
        {
            options.Scoring = new ScoringOptions { Provider = ScoringProvider.Cuda, FallbackToCpu = true };
        }

        var warnings = new List<string>();
        ml.Log += (_, entry) =>
        {
            if (entry.Message.Contains("CUDA", StringComparison.Ordinal))
            {
                warnings.Add(entry.Message);
            }
        };
        var data = ml.Data.LoadFromEnumerable(SumRow.Rows(700));
        using var model = ml.Transforms.CopyColumns("Other", "Values").Append(ml.Transforms.ScoreOnnx(options)).Fit(data);
        SumRow.Check(ml.Data.CreateEnumerable<SumRow>(model.Transform(data), reuseRowObject: false));
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "Kind=Warning");
    }

    [TestMethod]
    public void Fit_CpuAskedFor_IgnoresTheContextsDevice()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = 0 };
        var options = SumRow.Options();
        options.Scoring.Provider = ScoringProvider.Cpu;
        var data = ml.Data.LoadFromEnumerable(SumRow.Rows(5));
        using var model = ml.Transforms.ScoreOnnx(options).Fit(data);
        SumRow.Check(ml.Data.CreateEnumerable<SumRow>(model.Transform(data), reuseRowObject: false));
    }

    [TestMethod]
    public void Fit_CudaWithTorchSharpOnTheCpu_IsOneClearErrorBeforeTraining()
    {
        var ml = new MLContext(seed: 1);
        var options = Digits.SmallOptions("RowId");
        options.ScoringEngine = ScoringEngine.TorchSharp;
        options.Scoring = new ScoringOptions { Provider = ScoringProvider.Cuda, DeviceId = 1 };
        var reports = new ProgressCount();
        options.Progress = reports;
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml))).Message;
        StringAssert.Contains(message, "cuda:1");
        StringAssert.Contains(message, "works on cpu");
        StringAssert.Contains(message, "DeviceSpec");
        Assert.AreEqual(0, reports.Count);
    }

    [TestMethod]
    public void Fit_CudaWithTorchSharpAndFallback_WarnsOnceAndScores()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
        var warnings = new List<string>();
        ml.Log += (_, entry) =>
        {
            if (entry.Message.Contains("cuda:0", StringComparison.Ordinal))
            {
                warnings.Add(entry.Message);
            }
        };
        var options = Digits.SmallOptions("RowId");
        options.ScoringEngine = ScoringEngine.TorchSharp;
        using var model = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        Assert.HasCount(Digits.TestRows, model.Transform(Digits.TestView(ml)).GetColumn<float[]>("Score").ToArray());
        Assert.HasCount(Digits.TestRows, model.Transform(Digits.TestView(ml)).GetColumn<float[]>("Score").ToArray());
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "Kind=Warning");
    }

    [TestMethod]
    public void Fit_CpuWithTorchSharpOnTheCpu_Scores()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = 0 };
        var options = Digits.SmallOptions("RowId");
        options.ScoringEngine = ScoringEngine.TorchSharp;
        options.Scoring = new ScoringOptions { Provider = ScoringProvider.Cpu };
        using var model = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        Assert.HasCount(Digits.TestRows, model.Transform(Digits.TestView(ml)).GetColumn<float[]>("Score").ToArray());
    }

    private sealed class ProgressCount : IProgress<WorkProgress>
    {
        public int Count { get; private set; }

        public void Report(WorkProgress value) => Count++;
    }
}
