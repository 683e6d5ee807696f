using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLNetUnlearning.Attribution.Features;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gradients of a pool's rows on disk. A request reads those of the rows that it asks for.</summary>
internal sealed class StoredPoolGradients : IPoolGradients
{
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

    /// <inheritdoc/>
    /// <remarks>Row by row through one small buffer, which stays in the processor's nearest cache: tensors of many rows took several times as long to fill as to multiply.</remarks>
    public Tensor Along(GradientFeatures map, Tensor direction, Tensor places)
    {
        using var scope = NewDisposeScope();
        int[] wanted = [.. places.ToHost<long>().Select(place => (int)place)];
        // In the order of the file, so that neighbours are read together.
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        int classes = map.Classes, size = map.ClassSize, sharedSize = map.SharedSize;
        var shared = new float[wanted.Length * sharedSize];
        foreach (int i in order)
        {
            store.Read(wanted[i], classes + (classes * size), shared.AsSpan(i * sharedSize, sharedSize));
        }

        float[] directions = map.ClassDirections(tensor(shared).clone().view(wanted.Length, sharedSize), direction).ToHost<float>();
        var row = new float[classes * size];
        var changes = new float[wanted.Length * classes];
        foreach (int i in order)
        {
            store.Read(wanted[i], classes, row);
            for (int c = 0; c < classes; c++)
            {
                changes[(i * classes) + c] = Dot(row.AsSpan(c * size, size), directions.AsSpan(i * size, size));
            }
        }

        return tensor(changes).clone().view(wanted.Length, classes).MoveToOuterDisposeScope();
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

    /// <summary>In two sums, so that an addition need not wait for the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var lefts = MemoryMarshal.Cast<float, Vector<float>>(left);
        var rights = MemoryMarshal.Cast<float, Vector<float>>(right);
        Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
        int i = 0;
        for (; i + 1 < lefts.Length && i + 1 < rights.Length; i += 2)
        {
            even += lefts[i] * rights[i];
            odd += lefts[i + 1] * rights[i + 1];
        }

        float sum = Vector.Sum(even + odd);
        for (int rest = i * Vector<float>.Count; rest < left.Length; rest++)
        {
            sum += left[rest] * right[rest];
        }

        return sum;
    }

    private LogitGradients Read(GradientFeatures map, int[] rows) => GradientFeatureFile.Factors(map, store.Read(rows));
}
