using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class VerifyTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly long[] Forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(10).Select(row => row.RowId)];
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Fit();

    [TestMethod]
    public void Verify_SmallRun_ReportsEveryKindOfModel()
    {
        var result = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget });
        using var unlearned = result.Model;
        var report = Ml.Unlearning.Verify(result, Digits.TrainView(Ml), Digits.TestView(Ml), new VerificationOptions { Oracles = 20 });
        Assert.AreEqual(20, report.Models);
        Assert.AreEqual(Forget.Length, report.ForgetRows);
        Assert.AreEqual(result.Method, report.Method);
        Assert.AreEqual(Digits.TestRows, report.Unlearned.Validation.Rows);
        Assert.AreEqual(Digits.TrainRows - Forget.Length, report.Floor.Retain.Rows);
        Assert.IsGreaterThan(0.7, report.OracleAccuracy);
    }

    [TestMethod]
    public void Verify_TestRowsWithUnseenLabel_NamesRow()
    {
        var result = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget }, new DoNothingOptions());
        using var unlearned = result.Model;
        var test = Ml.Data.LoadFromEnumerable([new DigitRow { RowId = 77, Digit = "d11", Pixels = new float[64] }]);
        Assert.AreEqual(77, Assert.ThrowsExactly<RowDataException>(() => Ml.Unlearning.Verify(result, Digits.TrainView(Ml), test)).RowId);
    }

    [TestMethod]
    public void Verify_TooFewOracles_Throws()
    {
        var result = Ml.Unlearning.Unlearn(Model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = Forget }, new DoNothingOptions());
        using var unlearned = result.Model;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Ml.Unlearning.Verify(result, Digits.TrainView(Ml), Digits.TestView(Ml), new VerificationOptions { Oracles = 2 }));
    }

    private static TransformerChain<KeyToValueMappingTransformer> Fit()
    {
        var options = Digits.SmallOptions();
        options.Network = NetworkSpec.Mlp(16);
        return Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
    }
}
