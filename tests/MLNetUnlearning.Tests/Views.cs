using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Pipeline;

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
        var take = ScoreReader.Create(cursor, cursor.Schema["Score"]);
        long rowId = 0;
        while (cursor.MoveNext())
        {
            id(ref rowId);
            var scores = new List<float>();
            take(scores);
            into.Add(rowId, [.. scores]);
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
