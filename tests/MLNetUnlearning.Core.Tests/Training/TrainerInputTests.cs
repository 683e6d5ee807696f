using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>Bad input gives one error that names the row and the column, before any work.</summary>
[TestClass]
public sealed class TrainerInputTests
{
    [TestMethod]
    public void Create_RepeatedId_NamesRowAndColumn()
    {
        var raw = Digits.Raw(10);
        raw[7].Id = raw[2].Id;

        Expect(() => Digits.Create(raw), raw[2].Id, "RowId", "more than once");
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Create_FeatureNotFinite_NamesRowColumnAndPosition(float value)
    {
        var raw = Digits.Raw(10);
        raw[3].Pixels[17] = value;

        Expect(() => Digits.Create(raw), raw[3].Id, "Features", "position 17");
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(10)]
    public void Create_LabelOutOfRange_NamesRowColumnAndRange(int label)
    {
        var raw = Digits.Raw(10);
        raw[3].Digit = label;

        Expect(() => Digits.Create(raw), raw[3].Id, "Label", "0 to 9");
    }

    [TestMethod]
    public void Create_OwnColumnNames_AreNamed()
    {
        var e = Assert.ThrowsExactly<RowDataException>(() => LabeledRows.Create([1, float.NaN], 1, [0, 1], [5, 6], 2, new ColumnNames("Key", "Pixels", "Class")));

        Assert.AreEqual("Pixels", e.Column);
        Assert.AreEqual(6, e.RowId);
    }

    [TestMethod]
    public void Create_NoRows_Throws() => Assert.ThrowsExactly<RowDataException>(() => LabeledRows.Create([], 4, [], [], 2));

    [TestMethod]
    public void Create_LengthsDisagree_Throws() => Assert.ThrowsExactly<ArgumentException>(() => LabeledRows.Create([1, 2, 3], 2, [0, 1], [5, 6], 2));

    [TestMethod]
    public void Train_UnknownExcludedRow_NamesIt()
    {
        using var rows = Digits.Train(10);

        Expect(() => Runs.Train(Runs.Mlp, rows, [MemberPlan.Full(1), new(2, [rows.RowIds[0], 999_999])]), 999_999, "RowId", "no training row");
    }

    [TestMethod]
    public void Train_ExcludedRowGivenTwice_NamesIt()
    {
        using var rows = Digits.Train(10);

        Expect(() => Runs.Train(Runs.Mlp, rows, [new(2, [rows.RowIds[4], rows.RowIds[4]])]), rows.RowIds[4], "RowId", "more than once");
    }

    [TestMethod]
    public void Train_AllRowsExcluded_Throws()
    {
        using var rows = Digits.Train(10);

        StringAssert.Contains(Assert.ThrowsExactly<RowDataException>(() => Runs.Train(Runs.Mlp, rows, [new(2, rows.RowIds)])).Message, "without any row");
    }

    [TestMethod]
    public void Train_RowsOfAnotherWidth_NamesBoth()
    {
        using var rows = Digits.Train(10);
        var graph = NetworkSpec.Linear().CreateGraph(63, 10);

        StringAssert.Contains(Assert.ThrowsExactly<RowDataException>(() => Runs.Train(graph, rows, [MemberPlan.Full(1)])).Message, "63 features and has 10 outputs, but the rows have 64 features and 10 classes");
    }

    [TestMethod]
    public void Trainer_OptionOutOfRange_NamesIt()
    {
        (string Name, Action<TrainerOptions> Change)[] cases =
        [
            ("Epochs", o => o.Epochs = 0),
            ("BatchSize", o => o.BatchSize = 0),
            ("MaxWorkers", o => o.MaxWorkers = 0),
            ("MaxStack", o => o.MaxStack = 0),
            ("LearningRate", o => o.LearningRate = 0),
            ("LearningRate", o => o.LearningRate = double.NaN),
            ("WarmupShare", o => o.WarmupShare = 1),
            ("Momentum", o => o.Momentum = 1),
            ("WeightDecay", o => o.WeightDecay = -1),
        ];
        foreach (var (name, change) in cases)
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Trainer(Runs.Mlp, Runs.Options(change)), name).ParamName);
        }
    }

    private static void Expect(Action work, long rowId, string column, string words)
    {
        var e = Assert.ThrowsExactly<RowDataException>(work);
        Assert.AreEqual(rowId, e.RowId);
        Assert.AreEqual(column, e.Column);
        StringAssert.Contains(e.Message, words);
        StringAssert.Contains(e.Message, $"{rowId}");
        StringAssert.Contains(e.Message, $"'{column}'");
    }
}
