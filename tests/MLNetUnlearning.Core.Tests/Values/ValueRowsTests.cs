using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

[TestClass]
public sealed class ValueRowsTests
{
    [TestMethod]
    public void CreateWithValues_RowsInAnyOrder_SortsFeaturesValuesAndGroupsAlike()
    {
        using var rows = LabeledRows.CreateWithValues([1, 2, 3, 4, 5, 6], 2, [10, 11, 20, 21, 30, 31], 2, [7, 3, 5], groups: [1, 2, 1]);
        CollectionAssert.AreEqual(new long[] { 3, 5, 7 }, rows.RowIds.ToArray());
        CollectionAssert.AreEqual(new float[] { 3, 4, 5, 6, 1, 2 }, rows.Features.data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 20, 21, 30, 31, 10, 11 }, rows.Labels.data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 1 }, rows.Groups!.ToArray());
        Assert.IsTrue(rows.HasValues);
        Assert.AreEqual(2, rows.OutputCount);
        Assert.AreEqual(0, rows.Classes);
        Assert.AreEqual(TrainingLoss.SquaredError, rows.Loss);
        using var left = rows.Without([1]);
        CollectionAssert.AreEqual(new float[] { 20, 21, 10, 11 }, left.Labels.data<float>().ToArray());
        Assert.AreEqual(2, left.OutputCount);
    }

    [TestMethod]
    public void CreateWithValues_BadRows_NameRowAndColumn()
    {
        var names = new ColumnNames("Id", "X", "Price");
        var error = Assert.ThrowsExactly<RowDataException>(() => LabeledRows.CreateWithValues([1, 2], 1, [1, float.NaN], 1, [8, 9], names));
        Assert.AreEqual(9, error.RowId);
        Assert.AreEqual("Price", error.Column);
        Assert.AreEqual(8, Assert.ThrowsExactly<RowDataException>(() => LabeledRows.CreateWithValues([1, 2], 1, [1, 2], 1, [8, 8], names)).RowId);
        Assert.AreEqual("X", Assert.ThrowsExactly<RowDataException>(() => LabeledRows.CreateWithValues([1, float.PositiveInfinity], 1, [1, 2], 1, [8, 9], names)).Column);
        Assert.ThrowsExactly<ArgumentException>(() => LabeledRows.CreateWithValues([1, 2], 1, [1, 2, 3], 1, [8, 9], names));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LabeledRows.CreateWithValues([1, 2], 1, [], 0, [8, 9], names));
        Assert.ThrowsExactly<RowDataException>(() => LabeledRows.CreateWithValues([], 1, [], 1, [], names));
    }

    [TestMethod]
    public void Structured_RowsWithValues_GivesEveryMemberRowsToLack()
    {
        using var rows = ValueData.Rows(80);
        var plan = DeletionPlan.Structured(rows, 20, 0.2, seed: 4);
        foreach (var member in plan.Members)
        {
            Assert.IsTrue(member.Count is > 0 and <= 16, $"{member.Count}");
        }

        Assert.IsGreaterThan(10, plan.Members.Select(member => string.Join(',', member)).Distinct().Count());
    }

    /// <summary>Loss and gradient as autograd has them, for padded batches, too: weights are shares of the rows.</summary>
    [TestMethod]
    public void Evaluate_SquaredError_EqualsAutograd()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(12);
        using var objective = new LossObjective(rows);
        var outputs = randn([3, 4, 2], generator: new Generator(2)).requires_grad_();
        var batch = tensor(new long[] { 0, 5, 7, 7, 1, 2, 3, 4, 11, 10, 9, 8 });
        var weights = rand([3, 4, 1], generator: new Generator(3));
        var expected = outputs.sub(rows.Labels.index_select(0, batch).view(3, 4, 2)).pow(Held(2)).sum(2, keepdim: true).div(Held(2)).mul(weights).sum([1, 2]);
        expected.sum().backward();
        var (loss, gradient) = objective.Evaluate(outputs.detach(), 0, batch, weights);
        Closeness.Check(expected, loss, 1e-6, "loss");
        Closeness.Check(outputs.grad!, gradient, 1e-6, "gradient");
    }
}
