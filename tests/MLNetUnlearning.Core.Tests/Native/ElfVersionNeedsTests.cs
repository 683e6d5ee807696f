using MLNetUnlearning.Native;

namespace MLNetUnlearning.Core.Tests.Native;

[TestClass]
public sealed class ElfVersionNeedsTests
{
    private const string Older = "GLIBCXX_3.4.30", Newer = "GLIBCXX_3.4.32";
    private const int FlagsOfNewer = ElfImage.Needs + 16 + 16 + 4;

    [TestMethod]
    public void Names_TwoVersions_ListsBoth() =>
        CollectionAssert.AreEqual(new[] { Older, Newer }, ElfVersionNeeds.Parse(ElfImage.WithVersions(Older, Newer)).Names.ToArray());

    [TestMethod]
    public void MarkWeak_KnownVersion_SetsTheWeakBitOfItsRecordAndNothingElse()
    {
        byte[] image = ElfImage.WithVersions(Older, Newer);
        byte[] expected = [.. image];
        expected[FlagsOfNewer] = 2;

        Assert.AreEqual(1, ElfVersionNeeds.Parse(image).MarkWeak(Newer));

        CollectionAssert.AreEqual(expected, image);
    }

    [TestMethod]
    public void MarkWeak_OtherFlagsSet_KeepsThem()
    {
        byte[] image = ElfImage.WithVersions(Older, Newer);
        image[FlagsOfNewer] = 1;

        ElfVersionNeeds.Parse(image).MarkWeak(Newer);

        Assert.AreEqual(3, image[FlagsOfNewer]);
    }

    [TestMethod]
    public void MarkWeak_UnknownVersion_ChangesNothing()
    {
        byte[] image = ElfImage.WithVersions(Older, Newer);
        byte[] before = [.. image];

        Assert.AreEqual(0, ElfVersionNeeds.Parse(image).MarkWeak("GLIBCXX_3.4.3"));

        CollectionAssert.AreEqual(before, image);
    }

    [TestMethod]
    public void Parse_NoSections_FindsNoNeeds()
    {
        byte[] image = ElfImage.WithVersions(Newer);
        ElfImage.Write16(image, 0x3C, 0);

        Assert.IsEmpty(ElfVersionNeeds.Parse(image).Names);
    }
}
