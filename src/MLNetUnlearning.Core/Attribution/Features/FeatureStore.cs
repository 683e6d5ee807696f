using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>
/// Per-example features on disk, mapped into memory: [rows, size] float32 with a flag per row that says whether it is done. Work that was stopped goes on where it
/// ended and gives the same bits; a file made with other settings or from other rows is refused.
/// </summary>
/// <remarks>
/// Little of the file is in memory at a time, and the system may drop any of it. One store at a time can have a file open. Values reach the disk before their flags do, so
/// a crash costs the last rows and never leaves wrong ones.
/// </remarks>
internal sealed class FeatureStore : IDisposable
{
    private readonly string path;
    private FeatureFileLayout layout;
    private MemoryMappedFile file;
    private MemoryMappedViewAccessor view;
    private FeatureRowRecord[] records;

    private FeatureStore(string path)
    {
        this.path = path;
        (layout, file, view) = Map(path);
        records = [];
        try
        {
            records = ReadRecords();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the features were made from.</summary>
    public FeatureManifest Manifest => layout.Manifest;

    /// <summary>A copy of the ids of the rows, ascending.</summary>
    public long[] RowIds() => [.. records.Select(record => record.Id)];

    /// <summary>Number of rows whose features are there.</summary>
    public int DoneCount => records.Count(record => record.Done == 1);

    /// <summary>Opens a file and checks every byte of it, or creates it, whole or not at all, with no row done.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="manifest">What the features are made from.</param>
    /// <param name="rows">The rows; their number and ids are those of the manifest.</param>
    /// <exception cref="ArgumentException">The file was made with other settings or from other rows; names the first difference.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or something else.</exception>
    /// <exception cref="IOException">The disk is full, or the file is in use.</exception>
    public static FeatureStore Open(string path, FeatureManifest manifest, LabeledRows rows)
    {
        path = Path.GetFullPath(path);
        uint[] contents = FeatureChecksums.OfRows(rows);
        if (!File.Exists(path))
        {
            var fresh = rows.RowIds.Select((id, i) => new FeatureRowRecord { Id = id, Content = contents[i] }).ToArray();
            FeatureFileWriter.Write(path, FeatureFileLayout.For(manifest), fresh, (_, _) => { }, () => { }, overwrite: false);
        }

        var store = new FeatureStore(path);
        try
        {
            store.RequireSame(manifest, rows, contents);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file, whatever it was made from, and checks every byte of it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or something else.</exception>
    public static FeatureStore Open(string path) => new(Path.GetFullPath(path));

    /// <summary>Computes what is missing.</summary>
    /// <param name="compute">Features [count, size] of the rows from the first argument up to the second. Called from several threads, for whole blocks that do not depend on the batch size.</param>
    /// <param name="batchSize">Rows between two writes to disk, at least 1; rounded up to whole blocks.</param>
    /// <param name="maxWorkers">Most threads.</param>
    /// <param name="progress">Receives a report per batch.</param>
    /// <param name="cancellationToken">Stops the work between two blocks; what is done stays done.</param>
    public void Compute(Func<int, int, Tensor> compute, int batchSize, int maxWorkers, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWorkers, 1);
        int perBlock = Manifest.BlockRows;
        int[] starts = [.. Enumerable.Range(0, (records.Length + perBlock - 1) / perBlock).Select(block => block * perBlock).Where(start => Missing(start).Any())];
        foreach (int[] batch in starts.Chunk((batchSize + perBlock - 1) / perBlock))
        {
            var computed = new bool[batch.Length];
            try
            {
                Workers.Run(batch.Length, maxWorkers, i =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var noGrad = no_grad();
                    Write(batch[i], compute(batch[i], End(batch[i])));
                    computed[i] = true;
                });
            }
            finally
            {
                Seal(batch.Where((_, i) => computed[i]));
            }

            progress?.Report(new("computing features", DoneCount, records.Length));
        }
    }

    /// <summary>Reads features of neighbouring rows.</summary>
    /// <param name="start">Position of the first row.</param>
    /// <param name="count">Number of rows, at least 1.</param>
    /// <returns>[count, size]; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">A row is not done.</exception>
    public Tensor Read(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, records.Length - count);
        return Read([.. Enumerable.Range(start, count)]);
    }

    /// <summary>Reads features of some rows. Neighbours that are asked for together are read together.</summary>
    /// <param name="rows">Positions of the rows, at least one.</param>
    /// <returns>[rows, size]; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">A row is not done.</exception>
    public Tensor Read(int[] rows)
    {
        foreach (int row in rows)
        {
            RequireDone(row);
        }

        var result = empty(rows.Length, Manifest.Size, device: CPU);
        var values = result.bytes;
        for (int first = 0, end; first < rows.Length; first = end)
        {
            for (end = first + 1; end < rows.Length && rows[end] == rows[end - 1] + 1; end++)
            {
            }

            view.SafeMemoryMappedViewHandle.ReadSpan(layout.Values(rows[first]), values.Slice(first * layout.RowBytes, (end - first) * layout.RowBytes));
        }

        if (DeviceSpec.Current.CudaIndex is null)
        {
            return result;
        }

        using (result)
        {
            return result.to(DeviceSpec.Current.ToTorch());
        }
    }

    /// <summary>Reads some of a row's features.</summary>
    /// <param name="row">Position of the row.</param>
    /// <param name="column">The first of them.</param>
    /// <param name="values">As many as there is room for here.</param>
    /// <exception cref="InvalidOperationException">The row is not done.</exception>
    public void Read(int row, int column, Span<float> values)
    {
        RequireDone(row);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column, Manifest.Size - values.Length);
        view.SafeMemoryMappedViewHandle.ReadSpan(layout.Values(row) + (ulong)(column * sizeof(float)), MemoryMarshal.AsBytes(values));
    }

    /// <summary>Takes rows out for good: the file is written anew without their ids and features and put in the place of the old one, whole or not at all.</summary>
    /// <remarks>The blocks that the old file took on the disk are freed, not overwritten. A computation that goes on afterwards works in the blocks of the rows that are left.</remarks>
    /// <param name="rowIds">Ids of the rows; not all there are.</param>
    /// <exception cref="RowDataException">An id is unknown or given twice.</exception>
    /// <exception cref="ArgumentException">No row would be left.</exception>
    public void Remove(IReadOnlyCollection<long> rowIds)
    {
        var known = records.Select(record => record.Id).ToHashSet();
        var leaving = new HashSet<long>();
        foreach (long id in rowIds)
        {
            if (!known.Contains(id) || !leaving.Add(id))
            {
                throw new RowDataException($"Row id {id} is unknown to '{path}' or given twice. Ask only for rows that are there, each once.", id);
            }
        }

        int[] left = [.. Enumerable.Range(0, records.Length).Where(row => !leaving.Contains(records[row].Id))];
        if (left.Length == 0)
        {
            throw new ArgumentException($"No row of '{path}' would be left. Delete the file instead.", nameof(rowIds));
        }

        Write(path, left, Dispose, overwrite: true);
        (layout, file, view) = Map(path);
        records = ReadRecords();
    }

    /// <summary>Writes some rows to another file.</summary>
    /// <param name="target">The file; there must be none yet.</param>
    /// <param name="left">Positions of the rows, ascending, at least one.</param>
    /// <returns>The other file, opened.</returns>
    public FeatureStore Copy(string target, int[] left)
    {
        Write(target, left, () => { }, overwrite: false);
        return new(target);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }

    private static (FeatureFileLayout Layout, MemoryMappedFile File, MemoryMappedViewAccessor View) Map(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var layout = FeatureFileLayout.Read(stream);
            var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            return (layout, file, file.CreateViewAccessor(0, layout.Length));
        }
        catch (InvalidDataException e)
        {
            stream.Dispose();
            throw new InvalidDataException($"'{path}': {e.Message} Delete it to compute it anew.", e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private void Write(string target, int[] left, Action close, bool overwrite)
    {
        FeatureRowRecord[] kept = [.. left.Select(row => records[row])];
        void Fill(int row, Span<byte> values)
        {
            // What is not done may be half written; it is left out.
            if (kept[row].Done == 1)
            {
                view.SafeMemoryMappedViewHandle.ReadSpan(layout.Values(left[row]), values);
            }
        }

        var manifest = Manifest with { RowCount = left.Length, RowIdsChecksum = FeatureChecksums.OfRowIds([.. kept.Select(record => record.Id)]) };
        FeatureFileWriter.Write(target, FeatureFileLayout.For(manifest), kept, Fill, close, overwrite);
    }

    private void RequireDone(int row)
    {
        if (records[row].Done == 0)
        {
            throw new InvalidOperationException($"The features of row {records[row].Id} in '{path}' are not computed yet. Finish the computation first.");
        }
    }

    private int End(int start) => Math.Min(start + Manifest.BlockRows, records.Length);

    private IEnumerable<int> Missing(int start) => Enumerable.Range(start, End(start) - start).Where(row => records[row].Done == 0);

    /// <summary>Writes the values of those rows of a block that are missing, without saying yet that they are there.</summary>
    private void Write(int start, Tensor features)
    {
        int count = End(start) - start;
        if (features.dtype != ScalarType.Float32 || features.dim() != 2 || features.shape[0] != count || features.shape[1] != Manifest.Size)
        {
            throw new InvalidOperationException($"Features of {count} rows must be float32 [{count}, {Manifest.Size}], not {features.dtype} [{string.Join(", ", features.shape)}].");
        }

        using var whole = features.ToHostTensor();
        foreach (int row in Missing(start))
        {
            using var values = whole[row - start];
            view.SafeMemoryMappedViewHandle.WriteSpan<byte>(layout.Values(row), values.bytes);
            records[row].Values = FeatureChecksums.Crc(uint.MaxValue, values.bytes);
        }
    }

    private void Seal(IEnumerable<int> starts)
    {
        int[] rows = [.. starts.SelectMany(Missing)];
        view.Flush();
        foreach (int row in rows)
        {
            records[row].Done = 1;
            records[row].Check = records[row].ExpectedCheck;
            view.SafeMemoryMappedViewHandle.WriteSpan<FeatureRowRecord>(layout.Record(row), records.AsSpan(row, 1));
        }

        view.Flush();
    }

    private FeatureRowRecord[] ReadRecords()
    {
        var result = new FeatureRowRecord[Manifest.RowCount];
        var values = new byte[layout.RowBytes];
        for (int row = 0; row < result.Length; row++)
        {
            view.SafeMemoryMappedViewHandle.ReadSpan(layout.Record(row), result.AsSpan(row, 1));
            ref var record = ref result[row];
            if (record.Check != record.ExpectedCheck || record.Done > 1)
            {
                throw Damaged($"the record of row {row} is wrong");
            }

            if (record.Done == 1)
            {
                view.SafeMemoryMappedViewHandle.ReadSpan<byte>(layout.Values(row), values);
                if (FeatureChecksums.Crc(uint.MaxValue, values) != record.Values)
                {
                    throw Damaged($"the features of row {record.Id} are not those that were written");
                }
            }
        }

        return FeatureChecksums.OfRowIds([.. result.Select(record => record.Id)]) == Manifest.RowIdsChecksum ? result : throw Damaged("its row ids are not those of its manifest");
    }

    private InvalidDataException Damaged(string what) => new($"'{path}' is damaged: {what}. Delete it to compute it anew.");

    private void RequireSame(FeatureManifest manifest, LabeledRows rows, uint[] contents)
    {
        if (Manifest.DifferenceTo(manifest) is { } difference)
        {
            throw new ArgumentException($"'{path}' holds features made with other settings: {difference}. Use the same settings, another file, or delete this one.", nameof(manifest));
        }

        for (int row = 0; row < contents.Length; row++)
        {
            if (records[row].Content != contents[row])
            {
                throw new ArgumentException($"'{path}' holds features of other data: row {records[row].Id} had other values or another label. Use the same rows, another file, or delete this one.", nameof(rows));
            }
        }
    }
}
