using Microsoft.ML;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>A model, the rows it was trained on, and attribution: what columns about training rows are computed from. Safe to share between threads.</summary>
internal sealed class AttributedModel : IDisposable
{
    private readonly ReadRows data;
    private readonly IFittedAttributor? own;
    private readonly List<IDisposable> owned = [];
    private readonly UseGate gate;

    private AttributedModel(NetworkLocation location, ReadRows data, IFittedAttributor? own, Type owner)
    {
        Location = location;
        this.data = data;
        this.own = own;
        gate = new UseGate(owner, () =>
        {
            own?.Dispose();
            data.Dispose();
            owned.ForEach(one => one.Dispose());
        });
    }

    /// <summary>Where the network is in the model.</summary>
    public NetworkLocation Location { get; }

    /// <summary>The network step.</summary>
    public NeuralNetworkTransformer Network => Location.Network;

    /// <summary>The training rows, as the network sees them.</summary>
    public LabeledRows Rows => data.Rows;

    /// <summary>Attribution over the rows.</summary>
    public IFittedAttributor Attributor => own ?? Network.State!.Attributor;

    /// <summary>Reads the rows, and fits attribution if it is not the model's own.</summary>
    /// <param name="location">The model.</param>
    /// <param name="train">Its training rows.</param>
    /// <param name="attribution">Settings of the attribution; null for the model's own.</param>
    /// <param name="owner">Type named when a disposed object is used.</param>
    /// <param name="progress">Receives reports.</param>
    public static AttributedModel Create(NetworkLocation location, IDataView train, IAttributorOptions? attribution, Type owner, IProgress<WorkProgress> progress)
    {
        var state = ModelUnlearner.StateOf(location.Network);
        using var use = state.Enter();
        var data = ModelUnlearner.KnownRows(location, train, CancellationToken.None);
        try
        {
            var own = attribution is null ? null : location.Network.Options.Fitting(attribution).CreateAttributor().Fit(state.Bank, data.Rows, progress);
            return new AttributedModel(location, data, own, owner);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Takes over something that is to live as long as this object. Not for use while others use it.</summary>
    public void Own(IDisposable one) => owned.Add(one);

    /// <summary>Does something while neither this object nor the model is freed.</summary>
    /// <exception cref="ObjectDisposedException">One of them was disposed.</exception>
    public void Use(Action<Network> work)
    {
        using var own = gate.Enter();
        using var state = Network.State!.Enter();
        Network.Scorer.With(network =>
        {
            work(network);
            return true;
        });
    }

    /// <summary>Throws if something was disposed.</summary>
    public void ThrowIfDisposed() => Use(_ => { });

    public void Dispose() => gate.Dispose();
}
