using MLNetUnlearning.Native;

namespace MLNetUnlearning.Core.Tests.Native;

/// <summary>Damaged and malicious files: one kind of exception, in a time that grows with the size of the file and no faster.</summary>
[TestClass]
public sealed class ElfVersionNeedsHostileTests
{
    [TestMethod]
    public void Parse_Truncated_ThrowsBadImageFormatAtEveryLength()
    {
        byte[] image = ElfImage.WithVersions("GLIBCXX_3.4.30", "GLIBCXX_3.4.32");
        for (int length = 0; length < image.Length; length++)
        {
            Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(image[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    [DataRow(0, (byte)0, DisplayName = "not ELF")]
    [DataRow(4, (byte)1, DisplayName = "32-bit")]
    [DataRow(5, (byte)2, DisplayName = "big-endian")]
    public void Parse_OtherFormat_ThrowsBadImageFormat(int offset, byte value)
    {
        byte[] image = ElfImage.WithVersions("V1");
        image[offset] = value;

        Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(image));
    }

    [TestMethod]
    [DataRow(0x28, DisplayName = "section table")]
    [DataRow(ElfImage.Sections + 2 * ElfImage.SectionSize + 24, DisplayName = "needs")]
    [DataRow(ElfImage.Sections + 2 * ElfImage.SectionSize + 40, DisplayName = "names section")]
    [DataRow(ElfImage.Needs + 8, DisplayName = "first record")]
    [DataRow(ElfImage.Needs + 12, DisplayName = "next library")]
    [DataRow(ElfImage.Needs + 16 + 8, DisplayName = "name")]
    [DataRow(ElfImage.Needs + 16 + 12, DisplayName = "next record")]
    public void Parse_OffsetOutsideTheFile_ThrowsBadImageFormat(int field)
    {
        foreach (uint value in new[] { 0x0000_4000u, 0x7fff_ffffu, 0x8000_0000u, 0xffff_fff0u, 0xffff_ffffu })
        {
            byte[] image = ElfImage.WithVersions("V1", "V2");
            ElfImage.Write32(image, field, value);

            Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(image), $"{value:x}");
        }
    }

    [TestMethod]
    [Timeout(20_000)]
    public void Parse_EveryRecordLeadsToAllLaterOnes_ThrowsBadImageFormatQuickly()
    {
        // Read naively, 65 536 libraries of 65 535 records each.
        var table = new byte[1 << 20];
        for (int at = 0; at < table.Length; at += 16)
        {
            ElfImage.Write32(table, at, 0xffff_0001);
            ElfImage.Write32(table, at + 8, 16);
            ElfImage.Write32(table, at + 12, 16);
        }

        Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(ElfImage.WithTable(table, new byte[64])));
    }

    [TestMethod]
    [Timeout(20_000)]
    public void Parse_LongNameReferredToByEveryRecord_ThrowsBadImageFormatQuickly()
    {
        var table = new byte[16 + 16 * 65_535];
        ElfImage.Write16(table, 2, 65_535);
        ElfImage.Write32(table, 8, 16);
        for (int at = 16; at < table.Length; at += 16)
        {
            ElfImage.Write32(table, at + 12, at + 16 < table.Length ? 16u : 0u);
        }

        byte[] names = new byte[4 << 20];
        names.AsSpan(..^1).Fill((byte)'x');

        Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(ElfImage.WithTable(table, names)));
    }

    [TestMethod]
    [Timeout(20_000)]
    public void Parse_SectionsOfSizeZero_ThrowsBadImageFormatQuickly()
    {
        // 65 535 "sections", all of them the version table.
        byte[] image = ElfImage.WithVersions("V1");
        ElfImage.Write32(image, 0x28, ElfImage.Sections + 2 * ElfImage.SectionSize);
        ElfImage.Write16(image, 0x3A, 0);
        ElfImage.Write16(image, 0x3C, 65_535);

        Assert.ThrowsExactly<BadImageFormatException>(() => ElfVersionNeeds.Parse(image));
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Parse_RandomDamage_ParsesOrThrowsBadImageFormat()
    {
        var random = new Random(20_260);
        byte[] original = ElfImage.WithVersions("GLIBCXX_3.4.30", "GLIBCXX_3.4.32");
        int parsed = 0, refused = 0;
        for (int trial = 0; trial < 200_000; trial++)
        {
            byte[] image = original[..(random.Next(4) == 0 ? random.Next(original.Length) : original.Length)];
            for (int i = random.Next(1, 8); i > 0 && image.Length > 0; i--)
            {
                // Extreme values reach the overflow checks more often than uniform ones.
                image[random.Next(image.Length)] = random.Next(3) switch { 0 => 0, 1 => (byte)0xff, _ => (byte)random.Next(256) };
            }

            try
            {
                ElfVersionNeeds.Parse(image).MarkWeak("GLIBCXX_3.4.32");
                parsed++;
            }
            catch (BadImageFormatException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(1000, parsed, "The damage is too heavy to reach the inner tables.");
        Assert.IsGreaterThan(1000, refused, "The damage is too light.");
    }
}
