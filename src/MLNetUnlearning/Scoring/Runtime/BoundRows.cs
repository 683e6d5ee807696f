using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Consecutive rows of buffers, bound to the inputs and outputs of a model.</summary>
internal sealed class BoundRows : IDisposable
{
    private readonly OnnxSession session;
    private readonly int first;
    private readonly (TensorBuffer Buffer, OrtValue View)[] inputs, outputs;
    private readonly OrtIoBinding binding;

    public BoundRows(OnnxSession session, IEnumerable<TensorBuffer> inputs, IEnumerable<TensorBuffer> outputs, int first, int rows)
    {
        this.session = session;
        this.first = first;
        Rows = rows;
        binding = session.With(native => native.CreateIoBinding());
        this.inputs = [.. inputs.Select(buffer => (buffer, buffer.CreateView(first, rows)))];
        this.outputs = [.. outputs.Select(buffer => (buffer, buffer.CreateView(first, rows)))];
        BindInputs();
        foreach (var (buffer, view) in this.outputs)
        {
            binding.BindOutput(buffer.Tensor.Name, view);
        }
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Runs the model.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Run()
    {
        foreach (var (buffer, view) in inputs)
        {
            buffer.CopyTo(view, first);
        }

        if (session.OnGpu)
        {
            // Binding copies values to the device; there it happens once, not at every run.
            BindInputs();
        }

        session.Run(binding);
        foreach (var (buffer, view) in outputs)
        {
            buffer.CopyFrom(view, first);
        }
    }

    public void Dispose()
    {
        binding.Dispose();
        foreach (var (_, view) in inputs.Concat(outputs))
        {
            view.Dispose();
        }
    }

    private void BindInputs()
    {
        foreach (var (buffer, view) in inputs)
        {
            binding.BindInput(buffer.Tensor.Name, view);
        }
    }
}
