using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>Every method refuses a bad request with one clear error, before it touches anything.</summary>
[TestClass]
public sealed class UnlearningRequestTests
{
    private static readonly ColumnNames Columns = new("Customer", "Pixels", "Digit");

    [TestMethod]
    public void Unlearn_UnknownRow_NamesTheRow() => Check([7, 99], 99, "Customer", "no training row has id 99");

    [TestMethod]
    public void Unlearn_RowGivenTwice_NamesTheRow() => Check([7, 5, 7], 7, "Customer", "id 7", "more than once");

    [TestMethod]
    public void Unlearn_NoRow_NamesTheColumn() => Check([], null, "Customer", "no row");

    [TestMethod]
    public void Unlearn_AllRows_SaysWhatToDo() => Check([5, 6, 7, 8, 9], null, "Customer", "all 5 rows", "Delete the model");

    [TestMethod]
    public void Unlearn_AWholeClass_NamesTheClass() => Check([8], 8, "Digit", "class 2", "Retrain without the class");

    [TestMethod]
    public void Resolve_GoodRequest_GivesPositionsAscending()
    {
        using var rows = Rows();

        CollectionAssert.AreEqual(new[] { 0, 4 }, new UnlearningRequest { ForgetRowIds = [9, 5] }.Resolve(rows));
    }

    [TestMethod]
    public void DoNothing_GoodRequest_CopiesTheModels()
    {
        using var rows = Rows();
        using var models = ModelStack.Initialize(NetworkSpec.Linear().CreateGraph(1, 4), [1, 2]);

        using var outcome = new DoNothingOptions().CreateUnlearner().Unlearn(new UnlearningRequest { ForgetRowIds = [5] }, new UnlearningContext { Models = models, Rows = rows });

        Assert.AreNotSame(models, outcome.Models);
        Assert.AreEqual(Bits.Of(models), Bits.Of(outcome.Models));
        Assert.IsNull(outcome.MatchResidualBefore);
    }

    private static void Check(long[] forget, long? row, string column, params string[] parts)
    {
        using var rows = Rows();
        using var models = ModelStack.Initialize(NetworkSpec.Linear().CreateGraph(1, 4), [1]);
        var attributor = new FakeAttributor(_ => throw new InvalidOperationException("No work may be done."));
        var trainer = new Trainer(models.Graph, new TrainerOptions { Epochs = 1 });
        foreach (var method in UnlearnerNeedsTests.Methods.Select(options => options.CreateUnlearner()))
        {
            var error = Assert.ThrowsExactly<RowDataException>(() =>
                method.Unlearn(new UnlearningRequest { ForgetRowIds = forget }, new UnlearningContext { Models = models, Rows = rows, Attributor = attributor, Trainer = trainer }));

            Assert.AreEqual(row, error.RowId);
            foreach (string part in parts.Append($"'{column}'"))
            {
                StringAssert.Contains(error.Message, part);
            }
        }
    }

    /// <summary>Five rows of the classes 0, 0, 0, 1, 2; class 3 has no row and must not count as forgotten.</summary>
    private static LabeledRows Rows() => LabeledRows.Create([1, 2, 3, 4, 5], 1, [0, 1, 0, 2, 0], [5, 6, 7, 8, 9], 4, Columns);
}
