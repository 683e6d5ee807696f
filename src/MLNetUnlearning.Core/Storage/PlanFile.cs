using System.Buffers.Binary;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Storage;

/// <summary>The plans of a model bank as bytes: per member its seed, the number of rows it lacks and their ids.</summary>
internal static class PlanFile
{
    /// <summary>Writes plans.</summary>
    public static void Write(Stream stream, IReadOnlyList<MemberPlan> members)
    {
        Span<byte> number = stackalloc byte[12];
        foreach (var member in members)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, member.Seed);
            BinaryPrimitives.WriteInt32LittleEndian(number[8..], member.ExcludedRowIds.Count);
            stream.Write(number);
            RowIdFile.Write(stream, [.. member.ExcludedRowIds.Order()]);
        }
    }

    /// <summary>Reads plans.</summary>
    /// <param name="stream">Positioned at the start; read to its end.</param>
    /// <param name="count">Number of members.</param>
    /// <param name="rowIds">Ids of all rows, ascending.</param>
    /// <exception cref="InvalidDataException">The bytes are not such plans, or name a row that is not there.</exception>
    public static MemberPlan[] Read(Stream stream, int count, long[] rowIds)
    {
        Span<byte> number = stackalloc byte[12];
        var members = new List<MemberPlan>();
        for (int i = 0; i < count; i++)
        {
            if (stream.ReadAtLeast(number, 12, throwOnEndOfStream: false) < 12)
            {
                throw new InvalidDataException("The plans of the model bank are cut short.");
            }

            int excluded = BinaryPrimitives.ReadInt32LittleEndian(number[8..]);
            if (excluded < 0 || excluded > rowIds.Length)
            {
                throw new InvalidDataException($"Member {i} of the model bank claims to lack {excluded} of {rowIds.Length} rows.");
            }

            long[] ids = RowIdFile.Read(stream, excluded);
            if (ids.Any(id => Array.BinarySearch(rowIds, id) < 0))
            {
                throw new InvalidDataException($"Member {i} of the model bank lacks a row that is not in the row index.");
            }

            members.Add(new MemberPlan(BinaryPrimitives.ReadUInt64LittleEndian(number), ids));
        }

        return stream.ReadByte() < 0 ? [.. members] : throw new InvalidDataException("There is more data than the plans of the model bank take.");
    }
}
