namespace MLNetUnlearning.Onnx;

/// <summary>Replaces a file whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the target and moves the finished file over it; a rename within one folder cannot be seen half done.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
