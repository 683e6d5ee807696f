using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Storage;

[TestClass]
public sealed class PlanFileTests
{
    private static readonly long[] Rows = [-5, 1, 2, long.MaxValue];

    [TestMethod]
    public void Read_WrittenPlans_GivesThemBack()
    {
        MemberPlan[] members = [MemberPlan.Full(ulong.MaxValue), new(7, [2, -5])];
        var read = PlanFile.Read(new MemoryStream(Written(members)), 2, Rows);
        Assert.AreEqual(ulong.MaxValue, read[0].Seed);
        Assert.IsEmpty(read[0].ExcludedRowIds);
        CollectionAssert.AreEqual(new long[] { -5, 2 }, read[1].ExcludedRowIds.ToArray());
    }

    [TestMethod]
    public void Read_RowOutsideTheIndex_Throws() =>
        Assert.ThrowsExactly<InvalidDataException>(() => PlanFile.Read(new MemoryStream(Written([new(7, [3])])), 1, Rows));

    [TestMethod]
    public void Read_RepeatedRow_Throws() =>
        Assert.ThrowsExactly<InvalidDataException>(() => PlanFile.Read(new MemoryStream(Written([new(7, [2, 2])])), 1, Rows));

    [TestMethod]
    public void Read_EveryShorterLength_Throws()
    {
        byte[] bytes = Written([new(7, [1, 2])]);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => PlanFile.Read(new MemoryStream(bytes[..length]), 1, Rows), $"length {length}");
        }
    }

    private static byte[] Written(MemberPlan[] members)
    {
        using var stream = new MemoryStream();
        PlanFile.Write(stream, members);
        return stream.ToArray();
    }
}
