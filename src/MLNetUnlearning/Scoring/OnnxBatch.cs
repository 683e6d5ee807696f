using Microsoft.ML;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>Inputs and outputs of an ONNX model for a batch of rows.</summary>
internal sealed class OnnxBatch : Batch
{
    private readonly OnnxMapping mapping;
    private readonly OnnxSession session;
    private readonly Action<int>[] readers;
    private readonly Dictionary<int, TensorBuffer> outputs;
    private RunMemory? memory;

    /// <param name="columns">Columns.</param>
    /// <param name="mapping">What they are to the model.</param>
    /// <param name="session">The model.</param>
    /// <param name="source">The rows.</param>
    /// <param name="added">Positions of the outputs that will be read; the others are not asked of the model.</param>
    /// <param name="shape">Rows that it holds.</param>
    public OnnxBatch(OnnxColumns columns, OnnxMapping mapping, OnnxSession session, DataViewRow source, IReadOnlyList<int> added, BatchShape shape)
    {
        this.mapping = mapping;
        this.session = session;
        shape = shape with { Rows = mapping.FixedRows ?? shape.Rows };
        var own = memory = session.Rent([.. mapping.Inputs.Select(input => input.Tensor)], [.. added.Select(i => mapping.Outputs[i].Tensor)], shape);
        readers = [.. own.Inputs.Select((buffer, i) => buffer.CreateReader(source, columns.Sources[i]))];
        outputs = added.Select((i, place) => (i, place)).ToDictionary(pair => pair.i, pair => own.Outputs[pair.place]);
    }

    public override void Read(int slot)
    {
        // What was given back may be another cursor's by now.
        ObjectDisposedException.ThrowIf(memory is null, this);
        foreach (var read in readers)
        {
            read(slot);
        }
    }

    // A model with a fixed batch axis runs over whatever fills the slots behind the last row, too.
    public override void Compute(int first, int rows) => memory!.Runs.Compute(first, mapping.FixedRows ?? rows);

    public override Delegate Getter(int added, Func<int> slot) => outputs[added].CreateGetter(mapping.Outputs[added].Column.AsVector, slot);

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref memory, null) is { } own)
        {
            session.Return(own);
        }
    }
}
