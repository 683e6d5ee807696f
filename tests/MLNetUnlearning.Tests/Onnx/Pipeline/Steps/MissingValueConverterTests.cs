using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

[TestClass]
public sealed class MissingValueConverterTests
{
    public static IEnumerable<object[]> Modes =>
        from mode in Enum.GetValues<MissingValueReplacingEstimator.ReplacementMode>()
        from column in new[] { "Number", "Numbers", "OneSlot", "Wide", "Wides" }
        select new object[] { mode, column };

    [TestMethod]
    [DynamicData(nameof(Modes))]
    public void ReplaceMissingValues_AnyMode_FillsTheSame(MissingValueReplacingEstimator.ReplacementMode mode, string column) =>
        ConverterAssert.SameAsTransform(transforms => transforms.ReplaceMissingValues("Out", column, mode), "Out");

    [TestMethod]
    public void ReplaceMissingValues_OneValueForAllSlots_FillsTheSame() => ConverterAssert.SameAsTransform(
        transforms => transforms.ReplaceMissingValues("Out", "Numbers", MissingValueReplacingEstimator.ReplacementMode.Maximum, imputeBySlot: false), "Out");

    [TestMethod]
    [DataRow("Number")]
    [DataRow("Numbers")]
    [DataRow("Wide")]
    [DataRow("Wides")]
    public void IndicateMissingValues_IsNaN(string column)
    {
        ConverterAssert.SameAsTransform(transforms => transforms.IndicateMissingValues("Out", column), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.IndicateMissingValues("Flag", column).Append(transforms.Conversion.ConvertType("Out", "Flag", DataKind.Single)), "Out");
    }
}
