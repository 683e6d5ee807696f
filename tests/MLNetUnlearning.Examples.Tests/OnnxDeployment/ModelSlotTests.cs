using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Models;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

[TestClass]
public sealed class ModelSlotTests
{
    private readonly List<string> unloaded = [];

    [TestMethod]
    public void Swap_LeaseHeld_UnloadsTheFormerModelWithTheLease()
    {
        using var slot = new ModelSlot(Load("a"));
        var lease = slot.Acquire();
        var second = slot.Acquire();

        slot.Swap(Load("b"));

        Assert.AreEqual("b", slot.Acquire().Model.Digest);
        Assert.AreEqual("a", lease.Model.Digest);
        Assert.IsNotEmpty(lease.Model.Session.InputMetadata);
        lease.Dispose();
        lease.Dispose();
        Assert.IsEmpty(unloaded);
        second.Dispose();
        CollectionAssert.AreEqual(new[] { "a" }, unloaded);
        Assert.ThrowsExactly<ObjectDisposedException>(() => lease.Model);
    }

    [TestMethod]
    public void Dispose_LeaseHeld_UnloadsWithTheLeaseAndGivesNoMore()
    {
        var slot = new ModelSlot(Load("a"));
        using (slot.Acquire())
        {
            slot.Dispose();
            slot.Dispose();
            Assert.IsEmpty(unloaded);
        }

        CollectionAssert.AreEqual(new[] { "a" }, unloaded);
        Assert.ThrowsExactly<ObjectDisposedException>(slot.Acquire);
    }

    /// <summary>Eight threads take and give back leases while models are swapped: none is unloaded in use, each is unloaded once.</summary>
    [TestMethod]
    public async Task Acquire_WhileModelsAreSwapped_NeverGivesAnUnloadedModel()
    {
        const int swaps = 60;
        var gone = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        ServedModel Next(int i) => Load($"{i}", model => gone.AddOrUpdate(model.Digest, 1, (_, times) => times + 1));
        var slot = new ModelSlot(Next(0));
        bool stop = false;

        long[] uses = await Task.WhenAll([.. Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            long count = 0;
            for (; !Volatile.Read(ref stop); count++)
            {
                using var lease = slot.Acquire();
                Assert.IsFalse(gone.ContainsKey(lease.Model.Digest));
            }

            return count;
        })), Task.Run(() =>
        {
            for (int i = 1; i <= swaps; i++)
            {
                slot.Swap(Next(i));
            }

            Volatile.Write(ref stop, true);
            return 0L;
        })]);
        slot.Dispose();

        Assert.IsGreaterThan(swaps, uses.Sum());
        Assert.HasCount(swaps + 1, gone);
        Assert.IsTrue(gone.Values.All(times => times == 1));
    }

    private ServedModel Load(string digest) => Load(digest, model => unloaded.Add(model.Digest));

    private static ServedModel Load(string digest, Action<ServedModel> onUnload) =>
        new(new InferenceSession(ExportedModels.All[0].File), digest, 0, DateTimeOffset.UnixEpoch, onUnload);
}
