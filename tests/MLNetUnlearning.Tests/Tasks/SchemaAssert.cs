using System.Reflection;
using Microsoft.ML;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>Compares the columns of our models with those of ML.NET's own.</summary>
internal static class SchemaAssert
{
    /// <summary>The same columns; the named ones have the same type and every annotation that the stock model's have.</summary>
    public static void SameColumns(DataViewSchema stock, DataViewSchema ours, params string[] added)
    {
        CollectionAssert.AreEqual(stock.Select(column => column.Name).ToArray(), ours.Select(column => column.Name).ToArray());
        foreach (string name in added)
        {
            Assert.AreEqual(stock[name].Type, ours[name].Type);
            var expected = stock[name].Annotations.Schema.ToDictionary(column => column.Name, column => column.Type);
            var actual = ours[name].Annotations.Schema.ToDictionary(column => column.Name, column => column.Type);
            CollectionAssert.IsSubsetOf(expected.Keys, actual.Keys, name);
            foreach (var (annotation, type) in expected)
            {
                Assert.AreEqual(type, actual[annotation], $"{name}.{annotation}");
            }

            foreach (string text in new[] { "ScoreColumnKind", "ScoreValueKind" })
            {
                Assert.AreEqual($"{stock[name].Annotation<ReadOnlyMemory<char>>(text)}", $"{ours[name].Annotation<ReadOnlyMemory<char>>(text)}", name);
            }

            Assert.AreEqual(stock[name].Annotation<uint>("ScoreColumnSetId"), ours[name].Annotation<uint>("ScoreColumnSetId"));
        }
    }

    /// <summary>The same columns before fitting, whatever their order.</summary>
    public static void SameShape(SchemaShape stock, SchemaShape ours)
    {
        static string[] Texts(SchemaShape shape) => [.. shape.Select(column => $"{column.Name} {column.Kind} {column.ItemType} {column.IsKey}").Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(Texts(stock), Texts(ours));
    }

    /// <summary>The columns of rows as estimators see them; ML.NET offers this to its own assemblies only.</summary>
    public static SchemaShape ShapeOf(IDataView rows) =>
        (SchemaShape)typeof(SchemaShape).GetMethod("Create", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, [rows.Schema])!;
}
