using Microsoft.ML;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>An ONNX model behind the columns of a schema.</summary>
/// <param name="columns">Columns.</param>
/// <param name="mapping">What they are to the model.</param>
/// <param name="session">The model.</param>
/// <param name="batchSize">Most rows at once, if the caller named a number.</param>
internal sealed class OnnxBatchModel(OnnxColumns columns, OnnxMapping mapping, OnnxSession session, int? batchSize) : IBatchModel
{
    public AddedColumns Columns => columns;

    // A text counts as a word or two.
    public int BatchSize { get; } = mapping.FixedRows ?? batchSize ?? BatchRows.Default(mapping.Inputs.Sum(input => (long)input.Tensor.Width * 8));

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, int capacity) => new OnnxBatch(columns, mapping, session, source, added, capacity);
}
