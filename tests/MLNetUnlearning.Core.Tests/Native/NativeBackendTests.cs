using System.Runtime.InteropServices;
using MLNetUnlearning.Native;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Native;

[TestClass]
public sealed class NativeBackendTests
{
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Outcome_InThisProcess_IsLoaded()
    {
        Assert.AreNotEqual(NativeLoadOutcome.LeftToTorchSharp, NativeBackend.Outcome);
        using var ones = torch.ones(3);
        Assert.AreEqual(3f, ones.sum().item<float>());
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void MarkWeak_ShippedLibrary_ChangesOneByteOfACopyAndTheFileStillHasTheStrongNeed()
    {
        // A weak need in the file would mean that somebody patched it in place, and with it the package cache it is linked from.
        byte[] image = File.ReadAllBytes(ShippedBridge());
        byte[] copy = [.. image];

        Assert.AreEqual(1, ElfVersionNeeds.Parse(copy).MarkWeak(BridgeLoader.RelaxedVersion));

        Assert.AreEqual(1, image.Zip(copy).Count(pair => pair.First != pair.Second));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Run_RealLinkerAndAFileThatIsNoLibrary_ThrowsWithTheLinkersWords()
    {
        using var folder = new TempFolder();
        string path = folder.Write("libLibTorchSharp.so", "no library"u8.ToArray());
        var loader = new BridgeLoader([folder.Path], file =>
        {
            try
            {
                NativeLibrary.Load(file);
                return (true, "");
            }
            catch (DllNotFoundException e)
            {
                return (false, e.Message);
            }
        });

        var error = Assert.ThrowsExactly<NativeBackendException>(() => loader.Run());

        StringAssert.Contains(error.Message, path);
        StringAssert.Contains(error.Message, "file too short");
    }

    private static string ShippedBridge() =>
        ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator)
            .Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, "libLibTorchSharp.so"))
            .First(File.Exists);
}
