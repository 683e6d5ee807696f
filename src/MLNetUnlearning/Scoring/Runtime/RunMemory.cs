using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>What a cursor runs a model with: memory for inputs and outputs, and what binds it to the model. Belongs to one cursor at a time.</summary>
internal sealed class RunMemory : IDisposable
{
    /// <summary>More than a few batches of wide rows; larger ones are made anew, because making them is a small part of filling them.</summary>
    private const long MaxKeptBytes = 4 << 20;

    private readonly BatchShape shape;
    private readonly string[] names;

    /// <param name="session">The model.</param>
    /// <param name="inputs">All its inputs.</param>
    /// <param name="outputs">The outputs that are asked for.</param>
    /// <param name="shape">Rows.</param>
    public RunMemory(OnnxSession session, IReadOnlyList<OnnxTensor> inputs, IReadOnlyList<OnnxTensor> outputs, BatchShape shape)
    {
        this.shape = shape;
        names = [.. outputs.Select(output => output.Name)];
        Inputs = [.. inputs.Select(input => TensorBuffer.Create(input, shape.Slots))];
        Outputs = [.. outputs.Select(output => TensorBuffer.Create(output, shape.Slots))];
        Runs = new OnnxRuns(session, Inputs, Outputs, shape);
        var all = inputs.Concat(outputs);
        CanBeKept = all.All(tensor => tensor.Item is not TextDataViewType) && all.Sum(tensor => (long)sizeof(double) * tensor.Width * shape.Slots) <= MaxKeptBytes;
    }

    /// <summary>Values of the inputs.</summary>
    public IReadOnlyList<TensorBuffer> Inputs { get; }

    /// <summary>Values of the outputs.</summary>
    public IReadOnlyList<TensorBuffer> Outputs { get; }

    /// <summary>Runs the model on the parts.</summary>
    public OnnxRuns Runs { get; }

    /// <summary>Whether another cursor may have it later. Texts are objects of their own and are not kept.</summary>
    public bool CanBeKept { get; }

    /// <summary>Whether it is what a cursor needs.</summary>
    public bool Serves(IReadOnlyList<OnnxTensor> outputs, BatchShape wanted) => shape == wanted && names.AsSpan().SequenceEqual([.. outputs.Select(output => output.Name)]);

    /// <summary>Forgets the rows that are in it.</summary>
    public void Clear()
    {
        foreach (var buffer in Inputs.Concat(Outputs))
        {
            buffer.Clear();
        }
    }

    public void Dispose() => Runs.Dispose();
}
