using System.Buffers.Binary;
using System.Text;

namespace MLNetUnlearning.Core.Tests.Native;

/// <summary>The smallest ELF files that hold a table of needed symbol versions, written byte by byte.</summary>
internal static class ElfImage
{
    public const int Sections = 64, SectionSize = 64, Needs = Sections + 3 * SectionSize;

    /// <summary>One needed library with one record per version.</summary>
    public static byte[] WithVersions(params string[] versions)
    {
        var table = new byte[16 + 16 * versions.Length];
        Write16(table, 0, 1);
        Write16(table, 2, (ushort)versions.Length);
        Write32(table, 8, 16);
        var names = new List<byte> { 0 };
        for (int i = 0; i < versions.Length; i++)
        {
            int at = 16 + 16 * i;
            Write16(table, at + 6, (ushort)(i + 2));
            Write32(table, at + 8, (uint)names.Count);
            Write32(table, at + 12, i + 1 < versions.Length ? 16u : 0u);
            names.AddRange(Encoding.ASCII.GetBytes(versions[i] + "\0"));
        }

        return WithTable(table, [.. names]);
    }

    /// <summary>Header, three sections (null, names, version needs), then the table, then the names.</summary>
    public static byte[] WithTable(byte[] table, byte[] names)
    {
        var image = new byte[Needs + table.Length + names.Length];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(image);
        Write32(image, 0x28, Sections);
        Write16(image, 0x3A, SectionSize);
        Write16(image, 0x3C, 3);
        WriteSection(image, 1, type: 3, offset: Needs + table.Length, size: names.Length, link: 0);
        WriteSection(image, 2, type: 0x6ffffffe, offset: Needs, size: table.Length, link: 1);
        table.CopyTo(image, Needs);
        names.CopyTo(image, Needs + table.Length);
        return image;
    }

    public static void Write16(byte[] image, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);

    public static void Write32(byte[] image, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);

    private static void WriteSection(byte[] image, int index, uint type, int offset, int size, uint link)
    {
        int at = Sections + index * SectionSize;
        Write32(image, at + 4, type);
        Write32(image, at + 24, (uint)offset);
        Write32(image, at + 32, (uint)size);
        Write32(image, at + 40, link);
    }
}
