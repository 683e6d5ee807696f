using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Native;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The most influential training rows of a batch of rows.</summary>
internal sealed class InfluenceBatch : FeatureBatch
{
    private readonly AttributedModel model;
    private readonly IPreparedInfluence influence;
    private readonly int? output;
    private readonly int sides;
    private readonly long[] rowIds;
    private readonly float[] scores;

    /// <param name="columns">Columns.</param>
    /// <param name="source">The rows.</param>
    /// <param name="capacity">Most rows.</param>
    /// <param name="model">The model and its training rows.</param>
    /// <param name="influence">Influence of the training rows.</param>
    /// <param name="options">How many training rows to name on each side, and which output is meant.</param>
    public InfluenceBatch(FeatureColumns columns, DataViewRow source, int capacity, AttributedModel model, IPreparedInfluence influence, AttributionOptions options) : base(columns, source, capacity)
    {
        this.model = model;
        this.influence = influence;
        output = model.Network.Task == PredictionTask.Regression ? options.Output : null;
        sides = Math.Min(options.TopK, model.Rows.Count);
        rowIds = new long[capacity * 2 * sides];
        scores = new float[capacity * 2 * sides];
    }

    public override void Compute(int first, int rows) => model.Use(network =>
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var targets = Features(first, rows);
        var meant = output is { } index ? full([rows], Held(index), ScalarType.Int64) : network.call(targets).argmax(1);
        using var all = influence.RowInfluence(targets, meant);
        if (output is { } scaled)
        {
            all.mul_(Held(model.Network.Head.ScoreUnits[scaled]));
        }

        var (raising, raisingRows) = all.topk(sides);
        var (lowering, loweringRows) = all.topk(sides, largest: false);
        cat([raising, lowering], 1).ToHost<float>().CopyTo(scores, first * 2 * sides);
        int slot = first * 2 * sides;
        foreach (long row in cat([raisingRows, loweringRows], 1).ToHost<long>())
        {
            rowIds[slot++] = model.Rows.RowIds[(int)row];
        }
    });

    public override Delegate Getter(int added, Func<int> slot) => added == 0
        ? (ValueGetter<VBuffer<long>>)((ref VBuffer<long> value) => CopyTo(rowIds, slot(), ref value))
        : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => CopyTo(scores, slot(), ref value));

    private void CopyTo<T>(T[] values, int slot, ref VBuffer<T> value)
    {
        var editor = VBufferEditor.Create(ref value, 2 * sides);
        values.AsSpan(slot * 2 * sides, 2 * sides).CopyTo(editor.Values);
        value = editor.Commit();
    }
}
