using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>Reads row ids from any integer column that fits 64 signed bits.</summary>
internal static class RowIdReader
{
    /// <summary>True if the column can hold row ids. Keys cannot: a key changes when its mapping is fitted anew.</summary>
    public static bool Supports(DataViewType type) =>
        type is NumberDataViewType && type.RawType is var raw
        && (raw == typeof(long) || raw == typeof(int) || raw == typeof(uint) || raw == typeof(short) || raw == typeof(ushort) || raw == typeof(byte) || raw == typeof(sbyte));

    /// <summary>Creates a getter of row ids.</summary>
    /// <param name="row">Row or cursor to read.</param>
    /// <param name="column">A column that <see cref="Supports"/> accepts.</param>
    public static Func<long> Create(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var raw when raw == typeof(long) => Getter<long>(row, column, value => value),
        var raw when raw == typeof(int) => Getter<int>(row, column, value => value),
        var raw when raw == typeof(uint) => Getter<uint>(row, column, value => value),
        var raw when raw == typeof(short) => Getter<short>(row, column, value => value),
        var raw when raw == typeof(ushort) => Getter<ushort>(row, column, value => value),
        var raw when raw == typeof(byte) => Getter<byte>(row, column, value => value),
        _ => Getter<sbyte>(row, column, value => value),
    };

    private static Func<long> Getter<T>(DataViewRow row, DataViewSchema.Column column, Func<T, long> widen)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return widen(value);
        };
    }
}
