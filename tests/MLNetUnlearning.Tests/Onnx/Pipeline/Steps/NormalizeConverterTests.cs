using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

/// <summary>Normalisers on scalars, vectors with a slot without variance, vectors of one slot, and doubles; with missing values where ML.NET takes them.</summary>
[TestClass]
public sealed class NormalizeConverterTests
{
    private static readonly string[] Columns = ["Number", "Numbers", "OneSlot", "Wide", "Wides"];

    public static IEnumerable<object[]> Cases => from column in Columns from zero in new[] { false, true } select new object[] { column, zero };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeMinMax(string column, bool fixZero) => ConverterAssert.SameAsTransform(transforms => transforms.NormalizeMinMax("Out", column, fixZero: fixZero), "Out");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeMeanVariance(string column, bool fixZero) =>
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeMeanVariance("Out", column, fixZero: fixZero), "Out");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeMeanVariance_Distribution(string column, bool fixZero) =>
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeMeanVariance("Out", column, fixZero: fixZero, useCdf: true), "Out");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeLogMeanVariance(string column, bool useCdf) =>
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeLogMeanVariance("Out", column, useCdf: useCdf), "Out");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeBinning(string column, bool fixZero)
    {
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeBinning("Out", column, fixZero: fixZero), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeBinning("Out", column, fixZero: fixZero, maximumBinCount: 5), "Out");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeSupervisedBinning(string column, bool fixZero) => ConverterAssert.SameAsTransform(
        transforms => transforms.NormalizeSupervisedBinning("Out", column, labelColumnName: "Code", fixZero: fixZero, mininimumExamplesPerBin: 3), "Out");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NormalizeRobustScaling(string column, bool center) =>
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeRobustScaling("Out", column, centerData: center), "Out");

    [TestMethod]
    public void Normalize_BinsAtTheirBounds_CountsAsMLNet()
    {
        // Values on the bounds themselves, zeros of both signs and infinities.
        StepRow[] train = StepRow.Complete(50), test = StepRow.Complete(50);
        test[0].Number = 0;
        test[1].Number = -0f;
        test[2].Number = float.PositiveInfinity;
        test[3].Number = float.NegativeInfinity;
        ConverterAssert.SameAsTransform(transforms => transforms.NormalizeBinning("Out", "Number"), "Out", train, test);
    }

    [TestMethod]
    public void Normalize_SeveralColumns_KeepsTheirParametersApart()
    {
        InputOutputColumnPair[] pairs = [new("New", "Number"), new("Numbers"), new("OneSlot"), new("Also", "OneSlot")];
        foreach (string column in pairs.Select(pair => pair.OutputColumnName))
        {
            ConverterAssert.SameAsTransform(transforms => transforms.NormalizeMinMax(pairs, fixZero: false), column);
            ConverterAssert.SameAsTransform(transforms => transforms.NormalizeMeanVariance(pairs, useCdf: true), column);
            ConverterAssert.SameAsTransform(transforms => transforms.NormalizeBinning(pairs), column);
        }
    }

    [TestMethod]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L1, false)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L2, false)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.Infinity, false)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation, false)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L1, true)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L2, true)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.Infinity, true)]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation, true)]
    public void NormalizeLpNorm(LpNormNormalizingEstimatorBase.NormFunction norm, bool ensureZeroMean)
    {
        StepRow[] test = StepRow.Complete(30);
        test[0].Numbers = [0, 0, 0];
        test[1].Numbers = [2, 2, 2];
        test[2].Numbers = [1e12f, 1, 2];
        foreach (string column in new[] { "Numbers", "OneSlot" })
        {
            ConverterAssert.SameAsTransform(transforms => transforms.NormalizeLpNorm("Out", column, norm, ensureZeroMean), "Out", StepRow.Complete(), test);
        }
    }

    [TestMethod]
    [DataRow(true, true, 1f)]
    [DataRow(true, false, 2.5f)]
    [DataRow(false, true, 0.1f)]
    [DataRow(false, false, 1f)]
    public void NormalizeGlobalContrast(bool ensureZeroMean, bool ensureUnitDeviation, float scale)
    {
        StepRow[] test = StepRow.Complete(30);
        test[0].Numbers = [0, 0, 0];
        foreach (string column in new[] { "Numbers", "OneSlot" })
        {
            ConverterAssert.SameAsTransform(
                transforms => transforms.NormalizeGlobalContrast("Out", column, ensureZeroMean, ensureUnitDeviation, scale), "Out", StepRow.Complete(), test);
        }
    }
}
