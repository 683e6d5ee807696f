using MLNetUnlearning.Attribution.Features;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gradients of a pool's rows on disk. A request reads those of the rows that it asks for, a few at a time.</summary>
internal sealed class StoredPoolGradients : IPoolGradients
{
    /// <summary>Rows in memory at a time: few enough to stay in the processor's caches between reading and multiplying.</summary>
    private const int BlockRows = 64;

    private readonly FeatureStore store;
    private readonly string path;

    /// <param name="store">The complete store; taken over.</param>
    /// <param name="path">Its file.</param>
    public StoredPoolGradients(FeatureStore store, string path)
    {
        this.store = store;
        this.path = path;
    }

    public long Bytes => 0;

    public long DiskBytes => new FileInfo(path).Length;

    public LogitGradients Select(GradientFeatures map, Tensor places) => Read(map, [.. places.ToHost<long>().Select(place => (int)place)]);

    public Tensor Along(GradientFeatures map, Tensor direction, Tensor places)
    {
        using var scope = NewDisposeScope();
        int[] wanted = [.. places.ToHost<long>().Select(place => (int)place)];
        // In the order of the file, so that neighbours are read together.
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        var result = empty(wanted.Length, store.Manifest.Classes);
        foreach (int[] block in order.Chunk(BlockRows))
        {
            using var part = NewDisposeScope();
            var changes = map.Along(Read(map, [.. block.Select(i => wanted[i])]), direction);
            result.index_copy_(0, tensor(block.Select(i => (long)i).ToArray()).clone(), changes);
        }

        return result.MoveToOuterDisposeScope();
    }

    public IPoolGradients Staying(long[] places)
    {
        string copy = Path.Combine(Path.GetDirectoryName(path)!, FormattableString.Invariant($"gauss-newton-{Guid.NewGuid():N}.features"));
        return new StoredPoolGradients(store.Copy(copy, [.. places.Select(place => (int)place)]), copy);
    }

    public void Delete()
    {
        Dispose();
        File.Delete(path);
    }

    public void Dispose() => store.Dispose();

    private LogitGradients Read(GradientFeatures map, int[] rows) => GradientFeatureFile.Factors(map, store.Read(rows));
}
