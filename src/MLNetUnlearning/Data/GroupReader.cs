using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Reads which rows leave together: text, keys or integers, equal within a group. The numbers it gives mean nothing beyond that.</summary>
internal static class GroupReader
{
    /// <summary>True if a scalar column can hold groups.</summary>
    public static bool Supports(DataViewType type) => type is TextDataViewType or KeyDataViewType || RowIdReader.Supports(type);

    /// <summary>Finds and checks the column.</summary>
    /// <exception cref="ArgumentException">It is missing or has another type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw RowSchema.Missing(name, "groups");
        return Supports(column.Type) ? column : throw Wrong(name, $"{column.Type}");
    }

    /// <summary>The error for a column that cannot hold groups.</summary>
    public static ArgumentException Wrong(string column, string type) =>
        new($"Column '{column}' is {type}; groups must be text, keys or integers of at most 64 bits with sign. Convert them: ml.Transforms.Conversion.ConvertType(\"{column}\", outputKind: DataKind.String).");

    /// <summary>Creates a getter of the current row's group; it takes the row's id for messages.</summary>
    /// <param name="row">Row or cursor to read.</param>
    /// <param name="column">A column that <see cref="Supports"/> accepts.</param>
    public static Func<long, long> Create(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        TextDataViewType => Text(row, column),
        KeyDataViewType key when key.RawType == typeof(byte) => Key<byte>(row, column, value => value),
        KeyDataViewType key when key.RawType == typeof(ushort) => Key<ushort>(row, column, value => value),
        KeyDataViewType key when key.RawType == typeof(uint) => Key<uint>(row, column, value => value),
        KeyDataViewType => Key<ulong>(row, column, value => unchecked((long)value)),
        _ => Integer(row, column),
    };

    private static Func<long, long> Integer(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = RowIdReader.Create(row, column);
        return _ => getter();
    }

    private static Func<long, long> Text(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        ReadOnlyMemory<char> value = default;
        return rowId =>
        {
            getter(ref value);
            string text = value.IsEmpty ? throw Absent(column.Name, rowId) : value.ToString();
            return numbers.TryGetValue(text, out long number) ? number : numbers[text] = numbers.Count;
        };
    }

    private static Func<long, long> Key<T>(DataViewRow row, DataViewSchema.Column column, Func<T, long> widen)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return rowId =>
        {
            getter(ref value);
            long key = widen(value);
            return key == 0 ? throw Absent(column.Name, rowId) : key;
        };
    }

    private static RowDataException Absent(string column, long rowId) =>
        new($"Column '{column}': row {rowId} has no group. Give every row one; a row that leaves alone needs a group of its own.", rowId, column);
}
