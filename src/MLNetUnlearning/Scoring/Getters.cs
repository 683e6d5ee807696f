using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>Checks that a caller reads a column with the type it has.</summary>
internal static class Getters
{
    /// <summary>Casts a getter.</summary>
    /// <exception cref="InvalidOperationException">The column has another type.</exception>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType.Name}; it cannot be read as {typeof(TValue).Name}.");

    /// <summary>The error for a column that was not asked for when the cursor was made.</summary>
    public static InvalidOperationException Inactive(DataViewSchema.Column column) =>
        new($"Column '{column.Name}' is not active: name it when asking for the cursor.");
}
