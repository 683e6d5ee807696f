using System.Runtime.InteropServices;

namespace MLNetUnlearning.Native;

/// <summary>
/// Loads TorchSharp's bridge library before TorchSharp asks for it, also on systems whose libstdc++ is older than the one it was built with.
/// </summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> 0.107.0 was linked with GCC 13 and so demands the symbol version GLIBCXX_3.4.32, which Debian 12, Ubuntu 22.04 and
/// RHEL 9 lack. It uses no function of that version: the only symbol is the marker <c>_ZSt21ios_base_library_initv</c>, which nothing in
/// the library refers to. Marking the demand as weak in a temporary copy is therefore enough. The shipped file is never changed, because
/// build outputs can be hard links into the package cache.
/// </remarks>
internal sealed class BridgeLoader(IEnumerable<string> searchFolders, Func<string, (bool Loaded, string Error)> load)
{
    /// <summary>The symbol version whose absence is known to be harmless.</summary>
    public const string RelaxedVersion = "GLIBCXX_3.4.32";

    /// <summary>Environment variable that names a folder whose libtorch is loaded instead of the one beside the program, such as <c>torch/lib</c> of a PyTorch with CUDA.</summary>
    public const string FolderVariable = "MLNETUNLEARNING_LIBTORCH";

    private const string Bridge = "libLibTorchSharp.so";
    private static readonly string[] Dependencies = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    private readonly string[] searchFolders = [.. searchFolders];

    /// <summary>A loader over the folders where the host looks for native libraries, and the real dynamic linker.</summary>
    public static BridgeLoader ForThisProcess()
    {
        var folders = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory);
        return new BridgeLoader(Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folders.Prepend(folder) : folders, Load);
    }

    /// <summary>Loads the bridge library.</summary>
    /// <exception cref="NativeBackendException">The library is there and cannot be loaded for a reason other than the known one.</exception>
    public NativeLoadOutcome Run()
    {
        if (Find(Bridge) is not { } bridge)
        {
            return NativeLoadOutcome.LeftToTorchSharp;
        }

        foreach (string dependency in Dependencies)
        {
            if (Find(dependency) is { } path && load(path) is { Loaded: false, Error: var cause })
            {
                throw new NativeBackendException($"'{path}' could not be loaded: {cause}");
            }
        }

        var (loaded, error) = load(bridge);
        return loaded ? NativeLoadOutcome.LoadedAsShipped : LoadRelaxedCopy(bridge, error);
    }

    private static (bool Loaded, string Error) Load(string path)
    {
        try
        {
            NativeLibrary.Load(path);
            return (true, "");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return (false, e.Message);
        }
    }

    private NativeLoadOutcome LoadRelaxedCopy(string bridge, string firstError)
    {
        byte[] image = File.ReadAllBytes(bridge);
        string message = $"'{bridge}' could not be loaded: {firstError}";
        try
        {
            if (!firstError.Contains(RelaxedVersion, StringComparison.Ordinal) || ElfVersionNeeds.Parse(image).MarkWeak(RelaxedVersion) == 0)
            {
                throw new NativeBackendException(message);
            }
        }
        catch (BadImageFormatException e)
        {
            throw new NativeBackendException(message, e);
        }

        // The copy may go as soon as it is mapped: TorchSharp's own import then finds the library by its SONAME.
        string folder = Directory.CreateTempSubdirectory("mlnet-unlearning-").FullName;
        try
        {
            string copy = Path.Combine(folder, Bridge);
            File.WriteAllBytes(copy, image);
            var (loaded, error) = load(copy);
            return loaded
                ? NativeLoadOutcome.LoadedRelaxedCopy
                : throw new NativeBackendException($"'{bridge}' could not be loaded: {error} (a copy that does not demand {RelaxedVersion} was tried)");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string? Find(string file) => searchFolders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
}
