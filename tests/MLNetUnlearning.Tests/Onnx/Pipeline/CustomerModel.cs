using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>A model on customers: preparation, a network of random weights, and the predicted plan as text.</summary>
internal sealed class CustomerModel : IDisposable
{
    private readonly Network network;
    private readonly Network? scored;
    private readonly NetworkStep step;

    public CustomerModel(Func<TransformsCatalog, IEstimator<ITransformer>> preparation, float perturbation = 0, string label = "Plan")
    {
        Ml = new MLContext(seed: 1);
        Data = Ml.Data.LoadFromEnumerable(Customer.Draw(300, seed: 5));
        var fitted = Ml.Transforms.Conversion.MapValueToKey("Label", label).Append(preparation(Ml.Transforms)).Fit(Data);
        var prepared = fitted.Transform(Data);
        int features = ((VectorDataViewType)prepared.Schema["Features"].Type).Size;
        int classes = (int)((KeyDataViewType)prepared.Schema["Label"].Type).Count;
        network = Network.Create(NetworkSpec.Mlp(16), features, classes, seed: 2);
        if (perturbation != 0)
        {
            using var stack = network.ToStack();
            scored = stack.ToNetwork();
            using var noGrad = TorchSharp.torch.no_grad();
            scored.Weights[^1].add_(TorchSharp.torch.arange(Held(0), Held(classes), Held(1)).mul(Held(perturbation)), Held(1));
        }

        step = new NetworkStep(Ml, network, prepared.Schema["Label"].Annotations, scored);
        Steps = new TransformerChain<ITransformer>(fitted, step, Ml.Transforms.Conversion.MapKeyToValue("PredictedPlan", "PredictedLabel").Fit(step.Transform(prepared)));
    }

    public MLContext Ml { get; }

    public IDataView Data { get; }

    public TransformerChain<ITransformer> Steps { get; }

    public OnnxExportReport Export(string path, OnnxExportOptions? options = null) => PipelineOnnxExporter.Export(Steps, Data, step, path, options);

    public OnnxExportReport Export(string path, StepConverters converters) => PipelineOnnxExporter.Export(Steps, Data, step, path, options: null, converters);

    public OnnxExportReport Export(string path, IDataView sample) => PipelineOnnxExporter.Export(Steps, sample, step, path);

    public void Dispose()
    {
        step.Dispose();
        network.Dispose();
        scored?.Dispose();
    }
}
