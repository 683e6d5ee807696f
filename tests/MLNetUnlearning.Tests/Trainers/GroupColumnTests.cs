using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Trainers;

[TestClass]
public sealed class GroupColumnTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    [DataRow("text")]
    [DataRow("key")]
    [DataRow("integer")]
    public void Fit_GroupColumn_BankMembersLackWholeGroups(string kind)
    {
        using var model = Pipeline(kind, "Person").Fit(Data());
        var known = Digits.Train.ToDictionary(row => row.RowId, Person);
        var bank = Network(model).State!.Bank;
        foreach (var member in bank.Members.Skip(bank.FullMembers))
        {
            var people = member.ExcludedRowIds.Select(id => known[id]).ToHashSet();
            Assert.HasCount(member.ExcludedRowIds.Count, known.Values.Where(people.Contains).ToArray());
        }

        // The control: without the column some person is split.
        using var plain = Pipeline(kind, null).Fit(Data());
        Assert.IsTrue(Network(plain).State!.Bank.Members.Any(member =>
        {
            var people = member.ExcludedRowIds.Select(id => known[id]).ToHashSet();
            return known.Values.Count(people.Contains) > member.ExcludedRowIds.Count;
        }));
    }

    [TestMethod]
    public void Load_GroupColumn_UnlearnsWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model.zip");
        using var model = Pipeline("text", "Person").Fit(Data());
        ml.Unlearning.Save(model, Data().Schema, path);
        var loaded = ml.Unlearning.Load(path, out _);
        using var owner = (IDisposable)loaded;
        long[] forget = [.. Digits.Train.Where(row => Person(row) == "p3").Select(row => row.RowId)];
        using var before = model.Unlearn(ml, Data(), forget, seed: 3);
        var after = loaded.Unlearn(ml, Data(), forget, seed: 3);
        using var afterOwner = (IDisposable)after;
        Views.AreEqual(before.Scores(Data()), after.Scores(Data()));
    }

    [TestMethod]
    public void Fit_RowWithoutGroup_NamesRowAndColumn()
    {
        var rows = Rows();
        rows[6].Person = "";
        var error = Assert.ThrowsExactly<RowDataException>(() => Pipeline("text", "Person").Fit(ml.Data.LoadFromEnumerable(rows)));
        Assert.AreEqual(rows[6].RowId, error.RowId);
        Assert.AreEqual("Person", error.Column);
    }

    [TestMethod]
    [DataRow("Nobody", "no column 'Nobody'")]
    [DataRow("Pixels", "groups must be")]
    [DataRow("RowId", "two purposes")]
    public void Fit_WrongGroupColumn_SaysWhatToDo(string column, string message) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Pipeline("text", column).Fit(Data())).Message, message);

    private static string Person(DigitRow row) => $"p{row.RowId % 97}";

    private static PersonRow[] Rows() => [.. Digits.Train.Select(row => new PersonRow { RowId = row.RowId, Pixels = row.Pixels, Digit = row.Digit, Person = Person(row), Number = row.RowId % 97 })];

    private static NeuralNetworkTransformer Network(IEnumerable<ITransformer> chain) => chain.SelectMany(step => step is IEnumerable<ITransformer> inner ? inner : [step]).OfType<NeuralNetworkTransformer>().Single();

    private IDataView Data() => ml.Data.LoadFromEnumerable(Rows());

    private EstimatorChain<TransformerChain<KeyToValueMappingTransformer>> Pipeline(string kind, string? column)
    {
        var options = Digits.SmallOptions();
        options.GroupColumnName = column == "Person" ? kind switch { "key" => "PersonKey", "integer" => "Number", _ => "Person" } : column;
        return ml.Transforms.Conversion.MapValueToKey("PersonKey", "Person").Append(Digits.Pipeline(ml, options));
    }
}
