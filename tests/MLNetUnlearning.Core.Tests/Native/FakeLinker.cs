namespace MLNetUnlearning.Core.Tests.Native;

/// <summary>Stands in for the dynamic linker: remembers what it was asked to load and answers as told.</summary>
internal sealed class FakeLinker
{
    private readonly List<string> requests = [];

    /// <summary>Error for a path, or null to load it.</summary>
    public Func<string, string?> Answer { get; init; } = _ => null;

    /// <summary>Paths asked for, in order.</summary>
    public IReadOnlyList<string> Requests => requests;

    /// <summary>Contents of the files at the time they were asked for.</summary>
    public List<byte[]> Contents { get; } = [];

    public (bool Loaded, string Error) Load(string path)
    {
        requests.Add(path);
        Contents.Add(File.ReadAllBytes(path));
        return Answer(path) is { } error ? (false, error) : (true, "");
    }
}
