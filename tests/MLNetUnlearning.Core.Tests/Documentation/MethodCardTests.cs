using System.Reflection;
using System.Text.RegularExpressions;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;

namespace MLNetUnlearning.Core.Tests.Documentation;

/// <summary>Method cards and code name each other.</summary>
[TestClass]
public sealed partial class MethodCardTests
{
    private static readonly Dictionary<string, string> Cards = Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.EndsWith(".md", StringComparison.Ordinal)).ToDictionary(name => name, Read);

    /// <summary>Methods and their grades; what they return in passing is described with them.</summary>
    public static IEnumerable<object[]> Types => typeof(TargetError).Assembly.GetExportedTypes()
        .Where(type => type.Namespace == typeof(TargetError).Namespace || (!type.IsAbstract && typeof(IAttributorOptions).IsAssignableFrom(type)))
        .Select(type => new object[] { type.Name });

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void PublicType_OfAttribution_IsNamedOnACard(string type) =>
        Assert.IsTrue(Cards.Values.Any(card => Names(card).Contains(type)), $"No card in docs/methods names `{type}`.");

    /// <summary>What a card's first lines name must exist, or the card has outlived its code.</summary>
    [TestMethod]
    public void Card_OfAttribution_NamesWhatExists()
    {
        var core = typeof(TargetError).Assembly.GetExportedTypes();
        var known = core.Select(type => type.Name).Concat(core.SelectMany(type => type.GetMembers()).Select(member => member.Name)).ToHashSet();
        Assert.IsGreaterThan(15, Cards.Count);
        foreach (var (name, card) in Cards)
        {
            string head = card.Split('\n')[2];
            string[] unknown = [.. Names(head).Except(known)];
            Assert.IsEmpty(unknown, $"{name} names {string.Join(", ", unknown)}.");
        }
    }

    [TestMethod]
    public void Names_OfText_AreTypesAndMembersInBackticks()
    {
        string[] expected = ["Trak", "LinearDatamodelingScore", "Fit"];
        CollectionAssert.AreEqual(expected, Names("`Trak`: x, `LinearDatamodelingScore.Compute(a)`, plain Klom, `k x k`, `Fit`").ToArray());
    }

    private static IEnumerable<string> Names(string text) => Quoted().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]+)(?:\.[A-Za-z]+)?(?:\([^`]*\))?`")]
    private static partial Regex Quoted();

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
