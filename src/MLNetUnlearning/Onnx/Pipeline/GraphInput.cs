using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A column that became an input of the graph.</summary>
/// <param name="Stage">Number of steps before it: 0 for a column of the user's data, more for pictures that a step makes which the graph cannot write.</param>
/// <param name="Column">The column, as it is there.</param>
internal sealed record GraphInput(int Stage, DataViewSchema.Column Column)
{
    /// <summary>Name of the input.</summary>
    public string Name => Column.Name;

    /// <summary>Reads the first rows of inputs.</summary>
    /// <param name="views">The rows before the first step and behind every step.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="limit">Most rows.</param>
    /// <returns>The rows of each, and the ids of the rows that each reading of a view met.</returns>
    public static (IReadOnlyList<ColumnRows> Rows, IReadOnlyList<List<DataViewRowId>> Ids) Read(IReadOnlyList<IDataView> views, IReadOnlyList<GraphInput> inputs, int limit)
    {
        ColumnRows[] rows = [.. inputs.Select(input => ColumnRows.Create(input.Column))];
        var met = new List<List<DataViewRowId>>();
        // The data itself is read in any case: a graph may have no input of it.
        foreach (int stage in inputs.Select(input => input.Stage).Append(0).Distinct())
        {
            int[] own = [.. Enumerable.Range(0, rows.Length).Where(i => inputs[i].Stage == stage)];
            using var cursor = views[stage].GetRowCursor(own.Select(i => inputs[i].Column));
            foreach (int i in own)
            {
                rows[i].Bind(cursor);
            }

            met.Add(ReadIds(cursor, limit, () => Array.ForEach(own, i => rows[i].Take())));
        }

        return (rows, met);
    }

    /// <summary>Steps through the first rows.</summary>
    /// <param name="cursor">Steps.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="take">Called on each.</param>
    /// <returns>Their ids.</returns>
    public static List<DataViewRowId> ReadIds(DataViewRowCursor cursor, int limit, Action take)
    {
        var ids = new List<DataViewRowId>();
        var getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (ids.Count < limit && cursor.MoveNext())
        {
            getId(ref id);
            ids.Add(id);
            take();
        }

        return ids;
    }
}
