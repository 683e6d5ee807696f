using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Weights of a model bank, shared by a model and the models unlearned from it; freed when the last of them is.</summary>
internal sealed class BankShare : IDisposable
{
    private readonly Counter counter;
    private bool disposed;

    /// <param name="models">Taken over.</param>
    public BankShare(TrainedModels models) : this(new Counter(models))
    {
    }

    private BankShare(Counter counter) => this.counter = counter;

    /// <summary>Adds an owner.</summary>
    public BankShare Share()
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(NeuralNetworkTransformer));
        Interlocked.Increment(ref counter.Owners);
        return new BankShare(counter);
    }

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            if (Interlocked.Decrement(ref counter.Owners) == 0)
            {
                counter.Models.Dispose();
            }
        }
    }

    private sealed class Counter(TrainedModels models)
    {
        public int Owners = 1;

        public TrainedModels Models { get; } = models;
    }
}
