using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>CopyColumns: the same value under another name.</summary>
internal sealed class CopyColumnsConverter : IStepConverter
{
    public string Step => typeof(ColumnCopyingTransformer).FullName!;

    public OnnxColumn Append(StepContext context) => context.OnlySource();
}
