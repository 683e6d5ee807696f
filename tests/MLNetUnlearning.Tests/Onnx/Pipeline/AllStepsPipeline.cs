using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>One pipeline on <see cref="Steps.StepRow"/> with every step that the export knows.</summary>
internal static class AllStepsPipeline
{
    /// <summary>The pipeline up to <c>Label</c> and <c>Features</c>.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="width">Number of features; 0 for as many as there are. The columns are repeated to make it up.</param>
    /// <param name="own">Number of features that there are.</param>
    /// <param name="kept">Columns that are left beside those two.</param>
    public static IEstimator<ITransformer> Create(TransformsCatalog transforms, int width = 0, int own = 0, params string[] kept)
    {
        string[] all = ["Prepared", .. Enumerable.Repeat("Prepared", Math.Max(0, (width / Math.Max(1, own)) - 1)), .. Enumerable.Repeat("Number", width == 0 ? 0 : width % own)];
        return MissingValues(transforms)
            .Append(Categories(transforms))
            .Append(Numbers(transforms))
            .Append(transforms.Concatenate(
                "Joined", "Text", "Texts", "CountBits", "FlagVector", "BigVector", "BigBits", "Again", "BigAgain", "MissingNumbers", "Number", "Numbers", "OneSlot", "WideNumber", "WidesNumber", "Log", "Bins",
                "Supervised", "Robust", "Unit", "Contrast", "Distribution"))
            .Append(transforms.NormalizeMeanVariance("Prepared", "Joined", fixZero: false))
            .Append(transforms.Concatenate("Features", all))
            .Append(transforms.DropColumns("Joined"))
            .Append(transforms.SelectColumns(["Label", "Features", .. kept]));
    }

    private static EstimatorChain<MissingValueReplacingTransformer> MissingValues(TransformsCatalog transforms) =>
        transforms.Conversion.MapValueToKey("Label", "Text", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(transforms.IndicateMissingValues("Missing", "Numbers"))
            .Append(transforms.Conversion.ConvertType("MissingNumbers", "Missing", DataKind.Single))
            .Append(transforms.ReplaceMissingValues("Number", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(transforms.ReplaceMissingValues("Numbers", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Maximum))
            .Append(transforms.ReplaceMissingValues("OneSlot", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mode))
            .Append(transforms.ReplaceMissingValues("Wide", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Minimum))
            .Append(transforms.ReplaceMissingValues("Wides", replacementMode: MissingValueReplacingEstimator.ReplacementMode.DefaultValue));

    private static EstimatorChain<TypeConvertingTransformer> Categories(TransformsCatalog transforms) =>
        transforms.Conversion.MapValueToKey("TextKey", "Text")
            .Append(transforms.Conversion.MapKeyToValue("TextAgain", "TextKey"))
            .Append(transforms.Categorical.OneHotEncoding("Again", "TextAgain"))
            .Append(transforms.Categorical.OneHotEncoding("Text"))
            .Append(transforms.Categorical.OneHotEncoding("Texts", outputKind: OneHotEncodingEstimator.OutputKind.Bag))
            .Append(transforms.Categorical.OneHotEncoding("CountBits", "Count", OneHotEncodingEstimator.OutputKind.Binary))
            .Append(transforms.Categorical.OneHotEncoding("FlagKey", "Flag", OneHotEncodingEstimator.OutputKind.Key))
            .Append(transforms.Conversion.MapKeyToVector("FlagVector", "FlagKey"))
            .Append(transforms.Conversion.MapValueToKey("BigKey", "Big"))
            .Append(transforms.Conversion.MapKeyToVector("BigVector", "BigKey"))
            .Append(transforms.Conversion.MapKeyToBinaryVector("BigBits", "BigKey"))
            .Append(transforms.Conversion.MapKeyToValue("BigValue", "BigKey"))
            .Append(transforms.Conversion.ConvertType("BigAgain", "BigValue", DataKind.Single));

    private static EstimatorChain<TypeConvertingTransformer> Numbers(TransformsCatalog transforms) =>
        transforms.NormalizeMinMax("Number")
            .Append(transforms.NormalizeLogMeanVariance("Log", "Numbers"))
            .Append(transforms.NormalizeBinning("Bins", "Numbers"))
            .Append(transforms.NormalizeSupervisedBinning("Supervised", "Number", labelColumnName: "Label", mininimumExamplesPerBin: 5))
            .Append(transforms.NormalizeRobustScaling("Robust", "Number"))
            .Append(transforms.NormalizeLpNorm("Unit", "Numbers"))
            .Append(transforms.NormalizeGlobalContrast("Contrast", "Numbers"))
            .Append(transforms.CopyColumns("Copy", "OneSlot"))
            .Append(transforms.NormalizeMeanVariance("Distribution", "Copy", useCdf: true))
            .Append(transforms.Conversion.ConvertType([new InputOutputColumnPair("WideNumber", "Wide"), new InputOutputColumnPair("WidesNumber", "Wides")], DataKind.Single));
}
