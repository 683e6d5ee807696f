using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

/// <summary>Steps between values, keys and vectors; the rows scored hold empty texts, missing keys and values that were not seen.</summary>
[TestClass]
public sealed class KeyConverterTests
{
    private static readonly string[] Columns = ["Text", "Texts", "Number", "Numbers", "Wide", "Wides", "Count", "Big", "Huge", "Small", "Flag", "Flags", "Code", "Codes"];

    public static IEnumerable<object[]> Values => Columns.Select(column => new object[] { column });

    public static IEnumerable<object[]> Encodings =>
        from column in Columns
        from kind in Enum.GetValues<OneHotEncodingEstimator.OutputKind>()
            // ML.NET itself refuses keys that have no values behind them.
        where column is not ("Code" or "Codes")
        select new object[] { column, kind };

    [TestMethod]
    [DynamicData(nameof(Values))]
    public void MapValueToKey(string column)
    {
        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapValueToKey("Out", column), "Out");
        ConverterAssert.SameAsTransform(
            transforms => transforms.Conversion.MapValueToKey("Out", column, maximumNumberOfKeys: 3, ValueToKeyMappingEstimator.KeyOrdinality.ByValue, addKeyValueAnnotationsAsText: true), "Out");
    }

    [TestMethod]
    [DynamicData(nameof(Values))]
    public void MapKeyToValue(string column)
    {
        if (column is "Code" or "Codes" or "Small" or "Huge")
        {
            return;
        }

        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapValueToKey("Key", column).Append(transforms.Conversion.MapKeyToValue("Out", "Key")), "Out");
    }

    [TestMethod]
    [DataRow("Code")]
    [DataRow("Codes")]
    public void MapKeyToVector_KeysOfTheUser(string column)
    {
        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapKeyToVector("Out", column), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapKeyToVector("Out", column, outputCountVector: true), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapKeyToBinaryVector("Out", column), "Out");
    }

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void OneHotEncoding(string column, OneHotEncodingEstimator.OutputKind kind) =>
        ConverterAssert.SameAsTransform(transforms => transforms.Categorical.OneHotEncoding("Out", column, kind), "Out");

    [TestMethod]
    [DataRow(OneHotEncodingEstimator.OutputKind.Bag)]
    [DataRow(OneHotEncodingEstimator.OutputKind.Indicator)]
    [DataRow(OneHotEncodingEstimator.OutputKind.Key)]
    [DataRow(OneHotEncodingEstimator.OutputKind.Binary)]
    public void OneHotEncoding_Keys(OneHotEncodingEstimator.OutputKind kind)
    {
        foreach (string column in new[] { "Text", "Texts", "Count" })
        {
            ConverterAssert.SameAsTransform(
                transforms => transforms.Conversion.MapValueToKey("Key", column, addKeyValueAnnotationsAsText: true).Append(transforms.Categorical.OneHotEncoding("Out", "Key", kind)), "Out");
        }
    }

    [TestMethod]
    public void OneHotEncoding_SeveralColumnsOfSeveralTypes()
    {
        InputOutputColumnPair[] pairs = [new("Text"), new("Out", "Count"), new("Flag")];
        foreach (string column in pairs.Select(pair => pair.OutputColumnName))
        {
            ConverterAssert.SameAsTransform(transforms => transforms.Categorical.OneHotEncoding(pairs), column);
        }
    }

    [TestMethod]
    public void MapKeyToVector_KeyBeyondTheLast_IsMissing()
    {
        StepRow[] rows = StepRow.Test(5);
        rows[0].Code = 5;
        rows[1].Code = 1_000_000;
        ConverterAssert.SameAsTransform(transforms => transforms.Conversion.MapKeyToVector("Out", "Code"), "Out", StepRow.Train(), rows);
    }

    [TestMethod]
    public void MapValueToKey_TextThatIsNull_IsMissing()
    {
        StepRow[] rows = StepRow.Test(5);
        rows[0].Text = null!;
        ConverterAssert.SameAsTransform(transforms => transforms.Categorical.OneHotEncoding("Out", "Text"), "Out", StepRow.Train(), rows);
    }

    [TestMethod]
    public void OneHotEncoding_VectorsWithoutFixedSize_AreRefused() =>
        ConverterAssert.Refuses(transforms => transforms.Categorical.OneHotEncoding("Out", "Tags", OneHotEncodingEstimator.OutputKind.Bag), "Out", "no fixed size");

    /// <summary>Where no row had a text when the step was fitted, there is nothing to look texts up in.</summary>
    [TestMethod]
    public void TextThatNoRowHad_IsRefused()
    {
        ConverterAssert.Refuses(transforms => transforms.Categorical.OneHotEncoding("Out", "Blank"), "Out", "no vocabulary");
        ConverterAssert.Refuses(transforms => transforms.Conversion.MapValueToKey("Out", "Blank"), "Out", "no vocabulary");
    }

    [TestMethod]
    public void Hashes_AreRefusedWithTheReason()
    {
        ConverterAssert.Refuses(transforms => transforms.Categorical.OneHotHashEncoding("Out", "Text", numberOfBits: 4), "Out", "vocabulary");
        ConverterAssert.Refuses(transforms => transforms.Conversion.Hash("Out", "Text", numberOfBits: 4), "Out", "vocabulary");
        ConverterAssert.Refuses(transforms => transforms.Text.FeaturizeText("Out", "Text"), "Out", "PreprocessingConverter");
    }
}
