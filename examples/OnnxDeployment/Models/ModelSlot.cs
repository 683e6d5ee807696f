namespace OnnxDeployment.Models;

/// <summary>Holds the model that is served. A swap takes effect for the next request; requests under way end on the model they began with.</summary>
internal sealed class ModelSlot(ServedModel first) : IDisposable
{
    private readonly Lock swapping = new();
    private volatile ServedModel current = first;
    private volatile RefusedModel? refused;
    private bool disposed;

    /// <summary>Why the newest file was refused; null if it is the one served.</summary>
    public RefusedModel? Refused
    {
        get => refused;
        set => refused = value;
    }

    /// <summary>The model that the next request will use, to look at. To score with it, take a lease.</summary>
    public ServedModel Current => current;

    /// <summary>Takes a lease on the served model.</summary>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public ModelLease Acquire()
    {
        while (true)
        {
            var model = current;
            if (model.TryUse())
            {
                return new ModelLease(model);
            }

            // It was swapped out and unloaded between the two lines: take the next one.
            ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed), this);
        }
    }

    /// <summary>Serves another model from now on. The former one unloads with its last request.</summary>
    public void Swap(ServedModel model)
    {
        lock (swapping)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            var former = current;
            current = model;
            refused = null;
            former.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (swapping)
        {
            if (!disposed)
            {
                Volatile.Write(ref disposed, true);
                current.Release();
            }
        }
    }
}
