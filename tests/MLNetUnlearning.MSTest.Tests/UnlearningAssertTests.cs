using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

[TestClass]
public sealed class UnlearningAssertTests
{
    [TestMethod]
    public void AllAssertions_WithinBounds_Pass()
    {
        var report = Reports.Create();

        UnlearningAssert.ForgetKlomWithin(report, 2.7);
        UnlearningAssert.RetainKlomWithin(report, 1.7);
        UnlearningAssert.ValidationKlomWithin(report, 1.6);
        UnlearningAssert.AccuracyWithin(report, 0.0101);
    }

    [TestMethod]
    public void ForgetKlomWithin_AboveBound_SaysWhatWasMeasured() =>
        CheckMessage(() => UnlearningAssert.ForgetKlomWithin(Reports.Create(), 2.5), "ForgetKlomWithin failed", "forget rows", "measured 2.000", "floor 0.750", "bound 1.875", "2.5 x floor", "doing nothing 9.900", "N = 100", "What to do:");

    [TestMethod]
    public void RetainKlomWithin_AboveBound_SaysWhatWasMeasured() =>
        CheckMessage(() => UnlearningAssert.RetainKlomWithin(Reports.Create(), 1.5), "RetainKlomWithin failed", "retain rows", "measured 1.000", "floor 0.600", "bound 0.900", "doing nothing 2.500", "N = 100", "RetainMultiplier");

    [TestMethod]
    public void ValidationKlomWithin_AboveBound_SaysWhatWasMeasured() =>
        CheckMessage(() => UnlearningAssert.ValidationKlomWithin(Reports.Create(), 1.5), "ValidationKlomWithin failed", "validation rows", "measured 0.800", "floor 0.500", "bound 0.750", "doing nothing 4.500", "N = 100", "RetainMultiplier");

    [TestMethod]
    [DataRow(0.93)]
    [DataRow(0.95)]
    public void AccuracyWithin_TooFarInEitherDirection_SaysWhatWasMeasured(double accuracy) =>
        CheckMessage(() => UnlearningAssert.AccuracyWithin(Reports.Create(accuracy: accuracy), 0.005), "AccuracyWithin failed", $"measured {accuracy:p2}", "94.00", "96.00", "1.00", "0.50", "N = 100", "360 validation rows", "What to do:");

    [TestMethod]
    public void ForgetKlomWithin_FewModels_SaysThatTheyAreFew()
    {
        CheckMessage(() => UnlearningAssert.ForgetKlomWithin(Reports.Create(models: 20), 1), "unstable below 80 models", "N = 20");
        Assert.DoesNotContain("unstable", Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.ForgetKlomWithin(Reports.Create(), 1)).Message);
    }

    [TestMethod]
    public void AllAssertions_NotANumber_Fail()
    {
        var report = Reports.Create(double.NaN, double.NaN, double.NaN, double.NaN);
        foreach (var assertion in new Action<VerificationReport, double>[] { UnlearningAssert.ForgetKlomWithin, UnlearningAssert.RetainKlomWithin, UnlearningAssert.ValidationKlomWithin, UnlearningAssert.AccuracyWithin })
        {
            Assert.ThrowsExactly<AssertFailedException>(() => assertion(report, 1));
        }
    }

    [TestMethod]
    [DataRow(0.99)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void ForgetKlomWithin_BoundBelowTheFloor_IsRefused(double timesFloor) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.ForgetKlomWithin(Reports.Create(), timesFloor));

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(1.1)]
    [DataRow(double.NaN)]
    public void AccuracyWithin_ToleranceOutOfRange_IsRefused(double tolerance) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.AccuracyWithin(Reports.Create(), tolerance));

    private static void CheckMessage(Action assertion, params string[] parts)
    {
        string message = Assert.ThrowsExactly<AssertFailedException>(assertion).Message;
        foreach (string part in parts)
        {
            StringAssert.Contains(message, part);
        }
    }
}
