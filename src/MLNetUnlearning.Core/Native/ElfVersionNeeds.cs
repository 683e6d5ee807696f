using System.Buffers.Binary;
using System.Text;

namespace MLNetUnlearning.Native;

/// <summary>
/// Reads the symbol versions that a 64-bit little-endian ELF library needs from other libraries, and can mark one as weak,
/// which tells the dynamic linker to load the library although that version is absent.
/// </summary>
/// <remarks>Layout: ELF gABI, section header table; version needs: Linux Standard Base, "Symbol Versioning", .gnu.version_r.</remarks>
internal sealed class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort WeakFlag = 0x2;
    private const int RecordSize = 16;
    private const int LongestName = 1024;

    private readonly byte[] image;
    private readonly List<(string Name, int FlagsOffset)> needs = [];
    private int recordsRead;

    private ElfVersionNeeds(byte[] image) => this.image = image;

    /// <summary>The names of the needed versions, e.g. <c>GLIBCXX_3.4.32</c>.</summary>
    public IEnumerable<string> Names => needs.Select(need => need.Name);

    /// <summary>Parses <paramref name="image"/>, which the instance keeps and edits in place.</summary>
    /// <exception cref="BadImageFormatException">The bytes are not a well-formed 64-bit little-endian ELF file.</exception>
    public static ElfVersionNeeds Parse(byte[] image)
    {
        var result = new ElfVersionNeeds(image);
        try
        {
            result.Read();
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new BadImageFormatException("The ELF version table points outside the file.", e);
        }

        return result;
    }

    /// <summary>Marks every need for <paramref name="version"/> as weak; returns how many were changed.</summary>
    public int MarkWeak(string version)
    {
        int changed = 0;
        foreach (var (_, flagsOffset) in needs.Where(need => need.Name == version))
        {
            var flags = image.AsSpan(flagsOffset, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
            changed++;
        }

        return changed;
    }

    private void Read()
    {
        if (image.Length < 64 || !image.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
        {
            throw new BadImageFormatException("Not a 64-bit little-endian ELF file.");
        }

        int sectionTable = checked((int)UInt64(0x28));
        int entrySize = UInt16(0x3A), sections = UInt16(0x3C);
        for (int i = 0; i < sections; i++)
        {
            int section = checked(sectionTable + i * entrySize);
            if (UInt32(section + 4) == VersionNeedSection)
            {
                int strings = checked(sectionTable + (int)UInt32(section + 40) * entrySize);
                ReadNeeds(checked((int)UInt64(section + 24)), checked((int)UInt64(strings + 24)));
            }
        }
    }

    private void ReadNeeds(int file, int strings)
    {
        while (true)
        {
            CountRecord();
            int version = checked(file + (int)UInt32(file + 8));
            for (int remaining = UInt16(file + 2); remaining > 0; remaining--)
            {
                CountRecord();
                needs.Add((Text(checked(strings + (int)UInt32(version + 8))), version + 4));
                int nextVersion = checked((int)UInt32(version + 12));
                if (nextVersion == 0)
                {
                    break;
                }

                version = checked(version + nextVersion);
            }

            int nextFile = checked((int)UInt32(file + 12));
            if (nextFile == 0)
            {
                return;
            }

            file = checked(file + nextFile);
        }
    }

    // Records of a well-formed file do not overlap. Without the bound, offsets that lead back over the same bytes would keep the reader
    // busy for a time that grows with the square of the size of the file.
    private void CountRecord()
    {
        if (++recordsRead > image.Length / RecordSize)
        {
            throw new BadImageFormatException("The records of the ELF version table overlap.");
        }
    }

    private string Text(int offset)
    {
        var rest = image.AsSpan(offset);
        rest = rest[..Math.Min(rest.Length, LongestName)];
        int end = rest.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? throw new BadImageFormatException("Unterminated or overlong string in the ELF file.") : rest[..end]);
    }

    private ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(offset, 2));

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(offset, 4));

    private ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(offset, 8));
}
