using System.Runtime.InteropServices;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>Writes feature files whole or not at all.</summary>
internal static class FeatureFileWriter
{
    /// <summary>Gives the stored values of a row; they are zero until it does.</summary>
    public delegate void FillRow(int row, Span<byte> values);

    /// <summary>Writes a file beside the target and moves it there; a rename within one folder cannot be seen half done.</summary>
    /// <param name="path">The target.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="records">A record per row; their checksums are set here.</param>
    /// <param name="fill">Gives the values of each row.</param>
    /// <param name="close">Closes the target, right before it is replaced.</param>
    /// <param name="overwrite">Whether the target may be there.</param>
    public static void Write(string path, FeatureFileLayout layout, IReadOnlyList<FeatureRowRecord> records, FillRow fill, Action close, bool overwrite)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            // The space is taken at once: a mapped file that meets a full disk later kills the process.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, PreallocationSize = layout.Length };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(layout.Head);
                stream.Position = (long)layout.Record(0);
                foreach (var record in records)
                {
                    var whole = record with { Check = record.ExpectedCheck };
                    stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<FeatureRowRecord>(in whole)));
                }

                var values = new byte[layout.RowBytes];
                stream.Position = (long)layout.Values(0);
                for (int row = 0; row < records.Count; row++)
                {
                    Array.Clear(values);
                    fill(row, values);
                    stream.Write(values);
                }

                stream.Flush(flushToDisk: true);
            }

            close();
            File.Move(temporary, path, overwrite);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
