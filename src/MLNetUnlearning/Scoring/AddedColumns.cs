using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>Columns of scored rows: the input's at their own positions, then those that a model adds.</summary>
/// <param name="input">Schema of the rows to score.</param>
internal abstract class AddedColumns(DataViewSchema input)
{
    /// <summary>Schema of the rows to score.</summary>
    public DataViewSchema Input => input;

    /// <summary>Schema of the scored rows.</summary>
    public abstract DataViewSchema Output { get; }

    /// <summary>The input columns that the model reads.</summary>
    public abstract IReadOnlyList<DataViewSchema.Column> Sources { get; }

    /// <summary>Number of columns that pass through; the added ones follow from this position on.</summary>
    public int InputColumns => input.Count;

    /// <summary>The input columns that given output columns need.</summary>
    public DataViewSchema.Column[] Dependencies(IEnumerable<DataViewSchema.Column> outputs)
    {
        var needed = new SortedSet<int>();
        foreach (var column in outputs)
        {
            needed.UnionWith(column.Index < InputColumns ? [column.Index] : Sources.Select(source => source.Index));
        }

        return [.. needed.Select(index => input[index])];
    }

    /// <summary>True if any of the columns is computed by the model.</summary>
    public bool NeedsScores(IEnumerable<DataViewSchema.Column> outputs) => outputs.Any(column => column.Index >= InputColumns);
}
