using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Core.Tests.Networks;

[TestClass]
public sealed class NetworkSpecTests
{
    private static IEnumerable<NetworkSpec> AllKinds =>
    [
        NetworkSpec.Linear(),
        NetworkSpec.Mlp(),
        NetworkSpec.Mlp(128, 64),
        NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 4, 8, 12),
        NetworkSpec.ResNet9(new ImageShape(3, 32, 32), 16),
    ];

    [TestMethod]
    [DynamicData(nameof(AllKinds))]
    public void Parse_WrittenDescription_GivesAnEqualSpec(NetworkSpec spec)
    {
        var read = NetworkSpec.Parse(spec.ToJson());

        Assert.AreEqual(spec, read);
        Assert.AreEqual(spec.GetHashCode(), read.GetHashCode());
        Assert.AreEqual(1, AllKinds.Count(other => other.Equals(read)));
    }

    [TestMethod]
    public void ToJson_SmallCnn_IsTheDocumentedLine() =>
        Assert.AreEqual(
            """{"format":1,"kind":"smallCnn","widths":[4,8,12],"image":[1,8,8]}""",
            NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 4, 8, 12).ToJson());

    [TestMethod]
    [DataRow("")]
    [DataRow("no json")]
    [DataRow("[]")]
    [DataRow("1")]
    [DataRow("{}")]
    [DataRow("""{"format":1,"widths":[]}""")]
    [DataRow("""{"format":1,"kind":5,"widths":[]}""")]
    [DataRow("""{"format":1.5,"kind":"linear","widths":[]}""")]
    [DataRow("""{"format":"1","kind":"linear","widths":[]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":7}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[1.5]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[99999999999]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[0]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[65537]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[8],"image":[1,8,8]}""")]
    [DataRow("""{"format":1,"kind":"mlp","widths":[8],"image":[8,8]}""", DisplayName = "image of two numbers")]
    [DataRow("""{"format":1,"kind":"linear","widths":[3]}""")]
    [DataRow("""{"format":1,"kind":"smallCnn","widths":[4,8,12]}""")]
    [DataRow("""{"format":1,"kind":"smallCnn","widths":[4,8],"image":[1,8,8]}""")]
    [DataRow("""{"format":1,"kind":"smallCnn","widths":[4,8,12],"image":[1,8]}""")]
    [DataRow("""{"format":1,"kind":"smallCnn","widths":[4,8,12],"image":[1,8,8,1]}""")]
    [DataRow("""{"format":1,"kind":"smallCnn","widths":[4,8,12],"image":[0,8,8]}""")]
    [DataRow("""{"format":1,"kind":"resNet9","widths":[16],"image":[4096,4096,4096]}""", DisplayName = "more features than a vector holds")]
    public void Parse_NotADescription_ThrowsFormatException(string json) => Assert.ThrowsExactly<FormatException>(() => NetworkSpec.Parse(json));

    [TestMethod]
    public void Parse_NewerFormat_NamesBothFormats()
    {
        var e = Assert.ThrowsExactly<FormatException>(() => NetworkSpec.Parse("""{"format":2,"kind":"linear","widths":[]}"""));

        StringAssert.Contains(e.Message, "format 2");
        StringAssert.Contains(e.Message, "format 1");
    }

    [TestMethod]
    public void Parse_UnknownKind_NamesIt() =>
        StringAssert.Contains(
            Assert.ThrowsExactly<FormatException>(() => NetworkSpec.Parse("""{"format":1,"kind":"System.Object","widths":[]}""")).Message,
            "System.Object");

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    [DataRow(65_537)]
    public void Mlp_WidthOutOfRange_ThrowsAndNamesTheWidths(int width) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.Mlp(8, width)).Message, $"[8, {width}]");

    [TestMethod]
    public void Mlp_TooManyLayers_Throws() => Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.Mlp([.. Enumerable.Repeat(2, 65)]));

    [TestMethod]
    public void SmallCnn_ImageOutOfRange_Throws() => Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.SmallCnn(new ImageShape(1, 0, 8)));
}
