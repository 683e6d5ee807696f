using Microsoft.ML;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>An ONNX model behind the columns of a schema.</summary>
/// <param name="columns">Columns.</param>
/// <param name="mapping">What they are to the model.</param>
/// <param name="session">The model.</param>
/// <param name="options">Batch size and workers.</param>
internal sealed class OnnxBatchModel(OnnxColumns columns, OnnxMapping mapping, OnnxSession session, ScoringOptions options) : IBatchModel
{
    public AddedColumns Columns => columns;

    // A text counts as a word or two.
    public int BatchSize { get; } = mapping.FixedRows ?? options.BatchSize ?? BatchRows.Default(mapping.Inputs.Sum(input => (long)input.Tensor.Width * 8));

    public int Workers => options.Workers(session.OnGpu);

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape) => new OnnxBatch(columns, mapping, session, source, added, shape);
}
