using Microsoft.ML;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>The assertions on a real verification, as a user's build would call them: 100 models of each kind, small ones.</summary>
[TestClass]
public sealed class VerificationGateTests
{
    /// <summary>Measured: 5.0 times the floor on forget rows, 5.5 on retain and 4.5 on validation rows; doing nothing scores 14.8 times the floor on forget rows.</summary>
    private const double Bound = 8;

    [TestMethod]
    public void Gate_DatamodelMatching_Passes()
    {
        var report = Verify(new DatamodelMatchingOptions { Epochs = 10 });

        UnlearningAssert.ForgetKlomWithin(report, Bound);
        UnlearningAssert.RetainKlomWithin(report, Bound);
        UnlearningAssert.ValidationKlomWithin(report, Bound);
        UnlearningAssert.AccuracyWithin(report, 0.05);
    }

    /// <summary>Negative control: the same bound stops a method that forgets nothing.</summary>
    [TestMethod]
    public void Gate_DoNothing_Fails()
    {
        var report = Verify(new DoNothingOptions());

        var error = Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.ForgetKlomWithin(report, Bound));

        StringAssert.Contains(error.Message, "do-nothing");
        StringAssert.Contains(error.Message, "N = 100");
    }

    private static VerificationReport Verify(IUnlearnerOptions options)
    {
        var result = DigitModel.Ml.Unlearning.Unlearn(DigitModel.Model, DigitModel.Train, new UnlearningRequest { ForgetRowIds = DigitModel.Forget }, options);
        using var unlearned = result.Model;
        return DigitModel.Ml.Unlearning.Verify(result, DigitModel.Train, DigitModel.Test, new VerificationOptions { Oracles = 100, Seed = 2 });
    }
}
