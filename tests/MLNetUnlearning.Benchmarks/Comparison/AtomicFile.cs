namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>Files that are either whole or not there.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file and then moves over it.</summary>
    public static void Write(string file, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string partial = $"{file}.partial";
        using (var stream = File.Create(partial))
        {
            write(stream);
        }

        File.Move(partial, file, overwrite: true);
    }
}
