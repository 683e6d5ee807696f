namespace OnnxDeployment.Models;

/// <summary>Tells whether a file has changed without reading it.</summary>
internal readonly record struct FileStamp(long Length, DateTime WrittenUtc)
{
    /// <summary>The stamp of the file at the end of all links: mounted configuration is often a link that is turned.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static FileStamp Of(string path)
    {
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        return new FileStamp(RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
    }
}
