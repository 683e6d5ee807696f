using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Scoring;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Features, and row ids where there are any, of a batch of rows.</summary>
internal abstract class FeatureBatch : Batch
{
    private readonly int size;
    private readonly float[] features;
    private readonly long[] ids;
    private readonly ValueGetter<VBuffer<float>> featureGetter;
    private readonly Func<long>? idGetter;
    private VBuffer<float> row;

    /// <param name="columns">Columns.</param>
    /// <param name="source">The rows.</param>
    /// <param name="capacity">Most rows.</param>
    protected FeatureBatch(FeatureColumns columns, DataViewRow source, int capacity)
    {
        size = ((VectorDataViewType)columns.Features.Type).Size;
        features = new float[capacity * size];
        ids = new long[capacity];
        featureGetter = source.GetGetter<VBuffer<float>>(columns.Features);
        idGetter = columns.RowId is { } id ? RowIdReader.Create(source, id) : null;
    }

    /// <summary>Whether there are row ids.</summary>
    protected bool HasIds => idGetter is not null;

    public override void Read(int slot)
    {
        featureGetter(ref row);
        if (row.Length != size)
        {
            throw new InvalidOperationException($"A row has {row.Length} features, but the column declares {size}.");
        }

        row.CopyTo(features.AsSpan(slot * size, size));
        ids[slot] = idGetter?.Invoke() ?? 0;
    }

    public override void Dispose()
    {
    }

    /// <summary>Features of consecutive rows, [rows, features], in aligned memory.</summary>
    protected Tensor Features(int first, int rows) => tensor(features.AsMemory(first * size, rows * size), [rows, size]).clone();

    /// <summary>Id of a row.</summary>
    protected long Id(int slot) => ids[slot];
}
