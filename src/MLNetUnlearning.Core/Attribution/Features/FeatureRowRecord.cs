using System.Runtime.InteropServices;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>What a feature file says about one row. Fields lie in the file as they lie here, little-endian.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct FeatureRowRecord
{
    /// <summary>Size of a record in the file.</summary>
    public const int Bytes = 24;

    /// <summary>Id of the row.</summary>
    public long Id;

    /// <summary>CRC-32C of the row itself: id, label and features.</summary>
    public uint Content;

    /// <summary>CRC-32C of the row's stored values; means nothing before they are done.</summary>
    public uint Values;

    /// <summary>1 once the values are there, 0 before.</summary>
    public uint Done;

    /// <summary>CRC-32C of the fields above.</summary>
    public uint Check;

    /// <summary>The checksum that the other fields should have.</summary>
    public readonly uint ExpectedCheck
    {
        get
        {
            var copy = this;
            return FeatureChecksums.Crc(uint.MaxValue, MemoryMarshal.AsBytes(new ReadOnlySpan<FeatureRowRecord>(ref copy))[..20]);
        }
    }
}
