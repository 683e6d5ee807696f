using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Chains;

/// <summary>Where the neural network step is in a model: a single step, a step of a chain, or of a chain in a chain.</summary>
internal sealed class NetworkLocation
{
    private readonly ITransformer model;

    private NetworkLocation(ITransformer model, NeuralNetworkTransformer network, int[] path)
    {
        this.model = model;
        Network = network;
        Path = path;
    }

    /// <summary>The neural network step.</summary>
    public NeuralNetworkTransformer Network { get; }

    /// <summary>Position in the outermost chain, then in the next one, and so on; empty if the model is the step itself.</summary>
    public IReadOnlyList<int> Path { get; }

    /// <summary>Finds the step.</summary>
    /// <exception cref="ArgumentException">The model has no such step, or several.</exception>
    public static NetworkLocation Find(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var found = new List<NetworkLocation>();
        Search(model, model, [], found);
        return found switch
        {
            [var only] => only,
            [] => throw new ArgumentException(
                "The model has no neural network step of this library. Models that were saved with ml.Model.Save only score: save with ml.Unlearning.Save and load with ml.Unlearning.Load.", nameof(model)),
            _ => throw new ArgumentException($"The model has {found.Count} neural network steps; unlearn each in a model of its own.", nameof(model)),
        };
    }

    /// <summary>Follows a path.</summary>
    /// <exception cref="ArgumentException">The model has no such step.</exception>
    public static ITransformer Replace(ITransformer model, ReadOnlySpan<int> path, ITransformer replacement)
    {
        if (path.IsEmpty)
        {
            return replacement;
        }

        if (Chain.Steps(model) is not { } steps || path[0] < 0 || path[0] >= steps.Length)
        {
            throw new ArgumentException("The model does not have the step that the path names.", nameof(path));
        }

        steps[path[0]] = Replace(steps[path[0]], path[1..], replacement);
        return Chain.Rebuild(model, steps);
    }

    /// <summary>The model with another network in its place; all other steps are the same objects.</summary>
    public ITransformer Replace(NeuralNetworkTransformer replacement) => Replace(model, [.. Path], replacement);

    /// <summary>The model.</summary>
    public ITransformer Model => model;

    /// <summary>All steps of the model in a chain, with one more right after the network. The steps are the same objects.</summary>
    public TransformerChain<ITransformer> InsertAfterNetwork(ITransformer step) =>
        new([.. Flatten(model).SelectMany(old => ReferenceEquals(old, Network) ? new[] { old, step } : [old])]);

    /// <summary>Runs the steps before the network, as in training.</summary>
    public IDataView TransformPrefix(IDataView data) => Before().Aggregate(data, (view, step) => step.Transform(view));

    /// <summary>Position of the network among the steps, chains taken apart, counted from 1.</summary>
    public int Position => Before().Count() + 1;

    /// <summary>All steps but the network, chains taken apart, with their positions counted from 1.</summary>
    public IEnumerable<(int Position, ITransformer Step)> OtherSteps() =>
        Flatten(model).Select((step, i) => (i + 1, step)).Where(pair => !ReferenceEquals(pair.step, Network));

    private static void Search(ITransformer model, ITransformer node, int[] path, List<NetworkLocation> found)
    {
        if (node is NeuralNetworkTransformer network)
        {
            found.Add(new NetworkLocation(model, network, path));
        }
        else if (Chain.Steps(node) is { } steps)
        {
            for (int i = 0; i < steps.Length; i++)
            {
                Search(model, steps[i], [.. path, i], found);
            }
        }
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer node) => Chain.Steps(node)?.SelectMany(Flatten) ?? [node];

    private IEnumerable<ITransformer> Before() => Flatten(model).TakeWhile(step => !ReferenceEquals(step, Network));
}
