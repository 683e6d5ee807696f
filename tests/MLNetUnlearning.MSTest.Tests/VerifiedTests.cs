using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>The gates beyond KLoM and accuracy.</summary>
[TestClass]
public sealed class VerifiedTests
{
    [TestMethod]
    public void Verified_WithinBounds_Passes() =>
        UnlearningAssert.Verified(Reports.Create(forget: 1, retain: 0.7, validation: 0.6, finding: MembershipFinding.NothingFound));

    [TestMethod]
    public void Verified_SomeBoundsExceeded_NamesAllOfThem()
    {
        var error = Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.Verified(Reports.Create(forget: 2, retain: 0.7, validation: 0.9, attack: 0.6, finding: MembershipFinding.Remembers)));

        foreach (string part in new[] { "4 of 6 checks", "datamodel-matching", "Full", "klom-forget: FAILED, measured 2.667, bound 1.5", "klom-validation: FAILED", "u-lira: FAILED, measured 0.6, bound 0.54", "membership: FAILED", "Remembers", "What to do:" })
        {
            StringAssert.Contains(error.Message, part);
        }

        Assert.DoesNotContain("klom-retain", error.Message);
    }

    [TestMethod]
    public void Verified_NotANumber_Fails() => Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.Verified(Reports.Create(double.NaN, double.NaN, double.NaN, double.NaN)));

    [TestMethod]
    public void Verified_BoundBelowTheFloor_IsRefused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.Verified(Reports.Create(), new VerificationBounds { ForgetTimesFloor = 0.9 }));

    [TestMethod]
    public void ULiraWithin_AboveBound_SaysWhatWasMeasured()
    {
        UnlearningAssert.ULiraWithin(Reports.Create(), 0.04);

        var error = Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.ULiraWithin(Reports.Create(), 0.02));

        foreach (string part in new[] { "measured 0.520", "held-out oracles 0.490", "bound 0.510", "doing nothing 0.710", "N = 100" })
        {
            StringAssert.Contains(error.Message, part);
        }

        Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.ULiraWithin(Reports.Create(attack: double.NaN), 0.5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.ULiraWithin(Reports.Create(), -0.1));
    }

    [TestMethod]
    [DataRow(MembershipFinding.Remembers)]
    [DataRow(MembershipFinding.OverForgets)]
    [DataRow(MembershipFinding.Inconclusive)]
    public void NoMembership_AnythingFoundOrNoPower_Fails(MembershipFinding finding)
    {
        UnlearningAssert.NoMembership(Reports.Membership(MembershipFinding.NothingFound));

        var error = Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.NoMembership(Reports.Membership(finding)));

        StringAssert.Contains(error.Message, finding.ToString());
        StringAssert.Contains(error.Message, "48 of 50 rows");
    }
}
