using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Scoring;

/// <summary>Features and scores of a batch of rows.</summary>
internal sealed class NetworkBatch : Batch
{
    private readonly PredictionHead head;
    private readonly ScoreRows scores;
    private readonly ValueGetter<VBuffer<float>> features;
    private VBuffer<float> row;

    /// <param name="schema">Columns.</param>
    /// <param name="source">The rows.</param>
    /// <param name="scorer">Computes the scores.</param>
    /// <param name="shape">Rows that it holds.</param>
    public NetworkBatch(ScoringSchema schema, DataViewRow source, Scorer scorer, BatchShape shape)
    {
        head = scorer.Head;
        scores = new ScoreRows(scorer, shape);
        features = source.GetGetter<VBuffer<float>>(schema.Features);
    }

    public override void Read(int slot)
    {
        features(ref row);
        scores.SetFeatures(slot, row);
    }

    public override void Compute(int first, int rows) => scores.Compute(first, rows);

    public override Delegate Getter(int added, Func<int> slot) => head.Columns[added].CreateGetter(() => scores.Row(slot()));

    public override void Dispose() => scores.Dispose();
}
