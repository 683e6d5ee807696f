using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Native;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Predicted scores of a batch of rows, and the ends of their intervals.</summary>
internal sealed class ForgottenScoreBatch : FeatureBatch
{
    private readonly AttributedModel model;
    private readonly PredictedOutputs predicted;
    private readonly int count;
    private readonly bool isVector;
    private readonly float[][] values;

    /// <param name="columns">Columns.</param>
    /// <param name="source">The rows.</param>
    /// <param name="capacity">Most rows.</param>
    /// <param name="model">The model and its training rows.</param>
    /// <param name="predicted">Predicted outputs.</param>
    public ForgottenScoreBatch(FeatureColumns columns, DataViewRow source, int capacity, AttributedModel model, PredictedOutputs predicted) : base(columns, source, capacity)
    {
        this.model = model;
        this.predicted = predicted;
        count = model.Network.Head.ScoreCount;
        isVector = columns.Output[columns.InputColumns].Type is VectorDataViewType;
        values = [new float[capacity * count], new float[capacity * count], new float[capacity * count]];
    }

    public override void Compute(int first, int rows) => model.Use(_ =>
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var targets = Features(first, rows);
        var (logits, variance) = predicted.Predict(targets, KnownIds(first, targets));
        var head = model.Network.Head;
        var scores = head.Scores(logits[0]);
        var (lower, upper) = variance is null ? (full_like(scores, Held(float.NaN)), full_like(scores, Held(float.NaN))) : ScoreInterval.Ninety(head, logits[0], variance);
        foreach (var (tensor, into) in new[] { scores, lower, upper }.Zip(values))
        {
            tensor.ToHost<float>().CopyTo(into, first * count);
        }
    });

    public override Delegate Getter(int added, Func<int> slot) => isVector
        ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => VectorScores.CopyTo(values[added].AsSpan(slot() * count, count), ref value))
        : (ValueGetter<float>)((ref float value) => value = values[added][slot()]);

    /// <summary>
    /// Ids of the rows that are training rows. A row is one only if its features are those of the training row with its id: test data may number its rows from 0 as well.
    /// </summary>
    private long?[]? KnownIds(int first, Tensor targets)
    {
        if (!HasIds)
        {
            return null;
        }

        var ids = new long?[targets.shape[0]];
        int[] candidates = [.. Enumerable.Range(0, ids.Length).Where(row => model.Rows.IndexOf(Id(first + row)) >= 0)];
        if (candidates.Length > 0)
        {
            var own = model.Rows.Features.index_select(0, tensor(candidates.Select(row => (long)model.Rows.IndexOf(Id(first + row))).ToArray()).clone());
            var given = targets.index_select(0, tensor(candidates.Select(row => (long)row).ToArray()).clone());
            bool[] same = [.. own.eq(given).all(1).ToHost<bool>()];
            for (int i = 0; i < same.Length; i++)
            {
                ids[candidates[i]] = same[i] ? Id(first + candidates[i]) : null;
            }
        }

        return ids;
    }
}
