using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>A trained network behind the columns of a schema.</summary>
/// <param name="schema">Columns.</param>
/// <param name="scorer">Computes the scores.</param>
internal sealed class NetworkModel(ScoringSchema schema, Scorer scorer) : IBatchModel
{
    public AddedColumns Columns => schema;

    public int BatchSize => scorer.BatchSize;

    public int Workers => scorer.Workers;

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape) => new NetworkBatch(schema, source, scorer, shape);
}
