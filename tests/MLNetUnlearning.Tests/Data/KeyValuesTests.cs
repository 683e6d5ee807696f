using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;

namespace MLNetUnlearning.Tests.Data;

[TestClass]
public sealed class KeyValuesTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    [DataRow("Text", "text")]
    [DataRow("Flag", "boolean")]
    [DataRow("Small", "int16")]
    [DataRow("Number", "double")]
    [DataRow("Id", "int32")]
    [DataRow("Date", "dateTime")]
    [DataRow("Offset", "dateTimeOffset")]
    [DataRow("Span", "timeSpan")]
    public void Parse_WrittenValues_GivesThemBack(string column, string word)
    {
        var rows = Enumerable.Range(0, 4).Select(i => new Scoring.WideRow
        {
            Id = i - 2,
            Text = $"a \"{i}\", ü",
            Flag = i % 2 == 0,
            Small = (short)(i - 1),
            Number = i / 3.0,
            Date = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc).AddTicks(i),
            Offset = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)).AddTicks(i),
            Span = TimeSpan.FromTicks(i + 1),
        }).ToArray();
        var data = Ml.Data.LoadFromEnumerable(rows);
        var schema = Ml.Transforms.Conversion.MapValueToKey("Label", column).Fit(data).Transform(data).Schema;
        var values = KeyValues.Read(schema["Label"])!;
        Assert.AreEqual(word, values.Kind.Word);
        var back = values.Kind.Parse(values.ToText());
        CollectionAssert.AreEqual(values.ToText().ToArray(), back.ToText().ToArray());
        Assert.AreEqual(((KeyDataViewType)schema["Label"].Type).Count, (ulong)back.Count);

        var annotations = new DataViewSchema.Annotations.Builder();
        back.AddTo(annotations, KeyValues.AnnotationName);
        Assert.AreEqual(schema["Label"].Annotations.Schema[KeyValues.AnnotationName].Type, annotations.ToAnnotations().Schema[KeyValues.AnnotationName].Type);
    }

    [TestMethod]
    public void Read_KeysWithoutValues_GivesNull()
    {
        var data = Ml.Data.LoadFromEnumerable(new[] { new KeyRow { Label = 1 } });
        Assert.IsNull(KeyValues.Read(data.Schema["Label"]));
    }

    private sealed class KeyRow
    {
        [KeyType(3)]
        public uint Label { get; set; }
    }
}
