using System.Collections.Frozen;
using Microsoft.ML;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>The steps that can be written, by their type. A step that is not here is refused by name.</summary>
internal sealed class StepConverters
{
    // By name, because the packages that bring these steps are not referenced here.
    private static readonly FrozenDictionary<string, string> Reasons = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ImageLoadingTransformer"] = "it reads files, which ONNX cannot do; the exported model begins behind it, with the pixels as input",
        ["ImageGrayscalingTransformer"] = "its rounding is Skia's; the exported model begins behind it, with the pixels as input",
        ["VectorToImageConvertingTransformer"] = "its pictures enter the exported model as pixels, behind it",
        ["HashingTransformer"] = "ONNX has no operator for ML.NET's hash; use MapValueToKey or OneHotEncoding, which hold a vocabulary",
        ["OneHotHashEncodingTransformer"] = "ONNX has no operator for ML.NET's hash; use OneHotEncoding, which holds a vocabulary",
        ["TextNormalizingTransformer"] = "ONNX's string operators follow other rules; normalise text before the exported model",
        ["WordTokenizingTransformer"] = "its rows have different numbers of words, and the graph's vectors are of fixed size",
        ["TokenizingByCharactersTransformer"] = "its rows have different numbers of characters, and the graph's vectors are of fixed size",
        ["CustomMappingTransformer"] = "it runs .NET code; apply it before the exported model",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, IStepConverter> converters;

    /// <param name="converters">One for each type of step.</param>
    public StepConverters(IEnumerable<IStepConverter> converters) => this.converters = converters.ToFrozenDictionary(converter => converter.Step);

    /// <summary>All that there are.</summary>
    public static StepConverters Default { get; } = new(
    [
        new ConcatenateConverter(),
        new ConvertTypeConverter(),
        new CopyColumnsConverter(),
        new ExtractPixelsConverter(),
        new IndicateMissingValuesConverter(),
        new LpNormConverter(),
        new MapKeyToBinaryVectorConverter(),
        new MapKeyToValueConverter(),
        new MapKeyToVectorConverter(),
        new MapValueToKeyConverter(),
        new NormalizeConverter(),
        new ReplaceMissingValuesConverter(),
        new ResizeImagesConverter(),
    ]);

    /// <summary>Full names of the types of the steps that are here.</summary>
    public IEnumerable<string> Steps => converters.Keys;

    /// <summary>What to say of the steps that are here.</summary>
    public static string Supported =>
        "Supported before the network are Concatenate, ConvertType, CopyColumns, DropColumns, SelectColumns, ExtractPixels, ResizeImages, IndicateMissingValues, ReplaceMissingValues, MapValueToKey, MapKeyToValue, "
        + "MapKeyToVector, MapKeyToBinaryVector, OneHotEncoding, and the normalisers. Apply other steps before the exported model, or set OnnxExportOptions.PreprocessingConverter";

    /// <summary>The converter for a step.</summary>
    /// <returns>Null if there is none.</returns>
    public IStepConverter? Find(ITransformer step) => converters.GetValueOrDefault(step.GetType().FullName!);

    /// <summary>Why a step has no converter.</summary>
    public static string ReasonAgainst(ITransformer step) => ReasonAgainst(step.GetType().Name.Split('`')[0]);

    /// <summary>Why a step has no converter.</summary>
    /// <param name="type">Name of its type.</param>
    public static string ReasonAgainst(string type) => Reasons.GetValueOrDefault(type, $"no converter knows this kind of step. {Supported}");
}
