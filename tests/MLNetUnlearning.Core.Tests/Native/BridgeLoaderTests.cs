using MLNetUnlearning.Native;

namespace MLNetUnlearning.Core.Tests.Native;

[TestClass]
public sealed class BridgeLoaderTests
{
    private const string Bridge = "libLibTorchSharp.so";
    private const string VersionError = "libstdc++.so.6: version `GLIBCXX_3.4.32' not found";
    private static readonly byte[] Image = ElfImage.WithVersions("GLIBCXX_3.4.30", BridgeLoader.RelaxedVersion);

    [TestMethod]
    public void Run_NoBridgeLibrary_LeavesLoadingToTorchSharp()
    {
        using var folder = new TempFolder();
        folder.Write("libc10.so", [1]);
        var linker = new FakeLinker();

        Assert.AreEqual(NativeLoadOutcome.LeftToTorchSharp, new BridgeLoader([folder.Path], linker.Load).Run());

        Assert.IsEmpty(linker.Requests);
    }

    [TestMethod]
    public void Run_LibraryLoadsAsShipped_LoadsDependenciesThenTheFileItself()
    {
        using var folder = new TempFolder();
        string[] paths = [folder.Write("libc10.so", [1]), folder.Write("libtorch_cpu.so", [2]), folder.Write("libtorch.so", [3]), folder.Write(Bridge, Image)];
        var linker = new FakeLinker();

        Assert.AreEqual(NativeLoadOutcome.LoadedAsShipped, new BridgeLoader([folder.Path], linker.Load).Run());

        CollectionAssert.AreEqual(paths, linker.Requests.ToArray());
    }

    [TestMethod]
    public void Run_LibraryInTheSecondFolder_FindsIt()
    {
        using var empty = new TempFolder();
        using var folder = new TempFolder();
        string path = folder.Write(Bridge, Image);
        var linker = new FakeLinker();

        new BridgeLoader([empty.Path, folder.Path], linker.Load).Run();

        Assert.AreEqual(path, linker.Requests.Single());
    }

    [TestMethod]
    public void Run_RuntimeTooOld_LoadsARelaxedCopyAndLeavesTheShippedFileAlone()
    {
        using var folder = new TempFolder();
        string shipped = folder.Write(Bridge, Image);
        var linker = new FakeLinker { Answer = path => path == shipped ? VersionError : null };

        Assert.AreEqual(NativeLoadOutcome.LoadedRelaxedCopy, new BridgeLoader([folder.Path], linker.Load).Run());

        Assert.HasCount(2, linker.Requests);
        string copy = linker.Requests[1];
        Assert.AreEqual(Bridge, Path.GetFileName(copy));
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(copy)), "The temporary folder is still there.");
        Assert.AreEqual(1, Image.Zip(linker.Contents[1]).Count(pair => pair.First != pair.Second));
        CollectionAssert.AreEqual(Image, File.ReadAllBytes(shipped));
    }

    [TestMethod]
    public void Run_RelaxedCopyFailsToo_NamesTheSecondErrorAndCleansUp()
    {
        using var folder = new TempFolder();
        string shipped = folder.Write(Bridge, Image);
        var linker = new FakeLinker { Answer = path => path == shipped ? VersionError : "libgomp.so.1: cannot open shared object file" };

        var e = Assert.ThrowsExactly<NativeBackendException>(() => new BridgeLoader([folder.Path], linker.Load).Run());

        StringAssert.Contains(e.Message, "libgomp.so.1");
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(linker.Requests[1])), "The temporary folder is still there.");
        CollectionAssert.AreEqual(Image, File.ReadAllBytes(shipped));
    }

    [TestMethod]
    public void Run_OtherError_NamesItWithoutTryingACopy()
    {
        using var folder = new TempFolder();
        string shipped = folder.Write(Bridge, Image);
        var linker = new FakeLinker { Answer = _ => "libm.so.6: version `GLIBC_2.99' not found" };

        var e = Assert.ThrowsExactly<NativeBackendException>(() => new BridgeLoader([folder.Path], linker.Load).Run());

        StringAssert.Contains(e.Message, "GLIBC_2.99");
        StringAssert.Contains(e.Message, shipped);
        Assert.HasCount(1, linker.Requests);
    }

    [TestMethod]
    public void Run_DependencyFails_NamesTheDependencyAndItsError()
    {
        using var folder = new TempFolder();
        string dependency = folder.Write("libtorch_cpu.so", [2]);
        folder.Write(Bridge, Image);
        var linker = new FakeLinker { Answer = path => path == dependency ? "file too short" : null };

        var e = Assert.ThrowsExactly<NativeBackendException>(() => new BridgeLoader([folder.Path], linker.Load).Run());

        StringAssert.Contains(e.Message, dependency);
        StringAssert.Contains(e.Message, "file too short");
        Assert.AreEqual(dependency, linker.Requests.Single());
    }

    [TestMethod]
    public void Run_VersionErrorOfAnotherLibrary_NamesIt()
    {
        using var folder = new TempFolder();
        folder.Write(Bridge, ElfImage.WithVersions("GLIBCXX_3.4.30"));
        var linker = new FakeLinker { Answer = _ => VersionError };

        var e = Assert.ThrowsExactly<NativeBackendException>(() => new BridgeLoader([folder.Path], linker.Load).Run());

        StringAssert.Contains(e.Message, VersionError);
        Assert.HasCount(1, linker.Requests);
    }

    [TestMethod]
    public void Run_VersionErrorButTheFileIsDamaged_NamesTheLinkersError()
    {
        using var folder = new TempFolder();
        folder.Write(Bridge, Image[..100]);
        var linker = new FakeLinker { Answer = _ => VersionError };

        var e = Assert.ThrowsExactly<NativeBackendException>(() => new BridgeLoader([folder.Path], linker.Load).Run());

        StringAssert.Contains(e.Message, VersionError);
        Assert.IsInstanceOfType<BadImageFormatException>(e.InnerException);
    }
}
