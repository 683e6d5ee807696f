using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>Which columns of scored rows a caller asked for.</summary>
internal static class ActiveColumns
{
    /// <summary>A flag for each column of a schema.</summary>
    public static bool[] Of(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[schema.Count];
        foreach (var column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>Positions among the added columns of the active ones.</summary>
    public static IReadOnlyList<int> Added(AddedColumns schema, bool[] active) => [.. Enumerable.Range(0, active.Length - schema.InputColumns).Where(i => active[schema.InputColumns + i])];
}
