namespace OnnxDeployment.Models;

/// <summary>The right to use a model until it is disposed: however many swaps happen meanwhile, the model stays loaded.</summary>
internal sealed class ModelLease(ServedModel model) : IDisposable
{
    private bool released;

    /// <summary>The model.</summary>
    public ServedModel Model => released ? throw new ObjectDisposedException(nameof(ModelLease)) : model;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!released)
        {
            released = true;
            model.Release();
        }
    }
}
