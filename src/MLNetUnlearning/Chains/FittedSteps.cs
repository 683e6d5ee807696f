using Microsoft.ML;

namespace MLNetUnlearning.Chains;

/// <summary>Names the steps of a model that may have been fitted on the training rows.</summary>
/// <remarks>
/// A transformer does not say whether it was fitted. Steps that are known to hold nothing from data are left out; every other step is named, also unknown ones.
/// </remarks>
internal static class FittedSteps
{
    private static readonly HashSet<string> HoldNothing = new(StringComparer.Ordinal)
    {
        "ApproximatedKernelMapping", "ColumnConcatenating", "ColumnCopying", "ColumnSelecting", "CustomMapping", "CustomStopWordsRemoving", "Expression",
        "GlobalContrastNormalizing", "Hashing", "ImageGrayscaling", "ImageLoading", "ImagePixelExtracting", "ImageResizing", "KeyToValueMapping",
        "KeyToVectorMapping", "KeyToBinaryVectorMapping", "LpNormNormalizing", "MissingValueDropping", "MissingValueIndicator", "OneHotHashEncoding", "Onnx", "OnnxScoring", "StopWordsRemoving",
        "TextNormalizing", "TokenizingByCharacters", "TypeConverting", "ValueMapping", "VectorToImageConverting", "WordTokenizing",
    };

    /// <summary>One name per step, e.g. <c>step 2: Normalizing</c>, and the scaling of labels in the network's own step.</summary>
    /// <param name="location">The model.</param>
    /// <param name="behindNetwork">Only the steps that come after the network.</param>
    public static IReadOnlyList<string> Names(NetworkLocation location, bool behindNetwork = false) =>
        [.. Steps(location, behindNetwork), .. !behindNetwork && location.Network.Scaling is { IsIdentity: false } ? ["label scaling of the network"] : Array.Empty<string>()];

    private static IEnumerable<string> Steps(NetworkLocation location, bool behindNetwork) =>
        [.. location.OtherSteps().Where(pair => !behindNetwork || pair.Position > location.Position).Select(pair => (pair.Position, Name: Name(pair.Step))).Where(pair => !HoldNothing.Contains(pair.Name)).Select(pair => $"step {pair.Position}: {pair.Name}")];

    private static string Name(ITransformer step)
    {
        string name = step.GetType().Name.Split('`')[0];
        return name.EndsWith("Transformer", StringComparison.Ordinal) ? name[..^"Transformer".Length] : name;
    }
}
