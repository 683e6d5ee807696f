using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests;

/// <summary>Reads data views in tests.</summary>
internal static class Views
{
    /// <summary>Scores by row id, through one cursor.</summary>
    public static SortedDictionary<long, float[]> Scores(this ITransformer model, IDataView data) => Scores(model.Transform(data));

    public static SortedDictionary<long, float[]> Scores(IDataView scored)
    {
        var result = new SortedDictionary<long, float[]>();
        using var cursor = scored.GetRowCursor(scored.Schema);
        Collect(cursor, result);
        return result;
    }

    public static void Collect(DataViewRowCursor cursor, SortedDictionary<long, float[]> into)
    {
        var id = cursor.GetGetter<long>(cursor.Schema["RowId"]);
        var score = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        long rowId = 0;
        VBuffer<float> values = default;
        while (cursor.MoveNext())
        {
            id(ref rowId);
            score(ref values);
            into.Add(rowId, [.. values.DenseValues()]);
        }
    }

    public static T Annotation<T>(this DataViewSchema.Column column, string name)
    {
        T value = default!;
        column.Annotations.GetValue(name, ref value);
        return value;
    }

    public static string[] Texts(this DataViewSchema.Column column, string annotation) =>
        [.. column.Annotation<VBuffer<ReadOnlyMemory<char>>>(annotation).DenseValues().Select(value => value.ToString())];

    public static void AreEqual(SortedDictionary<long, float[]> expected, SortedDictionary<long, float[]> actual, float tolerance = 0)
    {
        CollectionAssert.AreEqual(expected.Keys, actual.Keys);
        foreach (var (id, scores) in expected)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                Assert.AreEqual(scores[i], actual[id][i], tolerance, $"row {id}, class {i}");
            }
        }
    }
}
