using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>A type that key values can have, with the word that stands for it in files.</summary>
/// <param name="Word">Name in files.</param>
/// <param name="ItemType">ML.NET's type.</param>
internal abstract record KeyValueKind(string Word, PrimitiveDataViewType ItemType)
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Every type that ML.NET maps to keys.</summary>
    public static IReadOnlyList<KeyValueKind> All { get; } =
    [
        new TypedKeyValueKind<ReadOnlyMemory<char>>("text", TextDataViewType.Instance, value => value.ToString(), text => text.AsMemory()),
        new TypedKeyValueKind<bool>("boolean", BooleanDataViewType.Instance, value => value ? "true" : "false", bool.Parse),
        Number<sbyte>("sbyte", NumberDataViewType.SByte),
        Number<byte>("byte", NumberDataViewType.Byte),
        Number<short>("int16", NumberDataViewType.Int16),
        Number<ushort>("uint16", NumberDataViewType.UInt16),
        Number<int>("int32", NumberDataViewType.Int32),
        Number<uint>("uint32", NumberDataViewType.UInt32),
        Number<long>("int64", NumberDataViewType.Int64),
        Number<ulong>("uint64", NumberDataViewType.UInt64),
        Number<float>("single", NumberDataViewType.Single),
        Number<double>("double", NumberDataViewType.Double),
        new TypedKeyValueKind<DateTime>("dateTime", DateTimeDataViewType.Instance, value => value.ToString("O", Invariant), text => DateTime.ParseExact(text, "O", Invariant, DateTimeStyles.RoundtripKind)),
        new TypedKeyValueKind<DateTimeOffset>("dateTimeOffset", DateTimeOffsetDataViewType.Instance, value => value.ToString("O", Invariant), text => DateTimeOffset.ParseExact(text, "O", Invariant)),
        new TypedKeyValueKind<TimeSpan>("timeSpan", TimeSpanDataViewType.Instance, value => value.ToString("c", Invariant), text => TimeSpan.ParseExact(text, "c", Invariant)),
    ];

    /// <summary>Reads the values from a column's annotations.</summary>
    public abstract KeyValues Read(DataViewSchema.Annotations annotations);

    /// <summary>Reads values written by <see cref="KeyValues.ToText"/>.</summary>
    /// <exception cref="FormatException">A text is not a value of this type.</exception>
    public abstract KeyValues Parse(IReadOnlyList<string> texts);

    private static TypedKeyValueKind<T> Number<T>(string word, PrimitiveDataViewType type) where T : IFormattable, IParsable<T> =>
        new(word, type, value => value.ToString(null, Invariant), text => T.Parse(text, Invariant));
}
