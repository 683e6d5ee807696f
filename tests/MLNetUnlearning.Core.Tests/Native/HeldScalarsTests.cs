using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Native;

[TestClass]
public sealed class HeldScalarsTests
{
    [TestMethod]
    public void Held_NothingElseHoldsIt_OutlivesACollectionUntilManyMoreAreMade()
    {
        var scalar = Make(0.3);
        Collect();
        Assert.IsTrue(IsAlive(scalar));

        // Kept for a while, not for ever: otherwise long work would leak.
        for (int i = 0; i < 1000; i++)
        {
            _ = Make(i);
        }

        Collect();
        Assert.IsFalse(IsAlive(scalar));
    }

    [TestMethod]
    public void Held_OfAnotherThread_DoesNotDriveOutThisThreads()
    {
        var scalar = Make(0.3);
        var other = new Thread(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                _ = Make(i);
            }
        });
        other.Start();
        other.Join();
        Collect();
        Assert.IsTrue(IsAlive(scalar));
    }

    [TestMethod]
    public void Held_Numbers_AreTheNumbers()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 3.0 });
        foreach (double value in new[] { 0.3, -2, 1e-300, double.PositiveInfinity })
        {
            Assert.AreEqual(value, zeros(1, ScalarType.Float64).fill_(Held(value)).item<double>());
        }

        foreach (long value in new[] { -3, -2, -1, 0, 1, 2, 3, long.MaxValue })
        {
            Assert.AreEqual(value, zeros(1, ScalarType.Int64).fill_(Held(value)).item<long>());
        }

        Assert.AreEqual(9.0, x.pow(Held(2)).item<double>());
        Assert.IsTrue(zeros(1, ScalarType.Bool).fill_(Held(true)).item<bool>());
        Assert.IsFalse(ones(1, ScalarType.Bool).fill_(Held(false)).item<bool>());
    }

    // Apart, so that no register or stack slot of a test keeps the object.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<Scalar> Make(double value) => new(Held(value));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsAlive(WeakReference<Scalar> scalar) => scalar.TryGetTarget(out _);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
