using Microsoft.ML;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Storage;

/// <summary>Reads a file written by <see cref="ModelFileWriter"/>. Everything is checked before ML.NET or the tensor library sees any of it.</summary>
internal static class ModelFileReader
{
    /// <exception cref="InvalidDataException">The file is not such a file, is damaged, or comes from a newer version.</exception>
    public static ITransformer Load(MLContext ml, string path, out DataViewSchema inputSchema)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        NeuralNetworkTransformer network;
        int[] place;
        try
        {
            using var archive = CheckedArchive.Open(file);
            place = [.. archive.Manifest.Path];
            network = ReadNetwork(ml, archive);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"The model file '{path}' cannot be loaded. {e.Message}", e);
        }

        try
        {
            file.Position = 0;
            return Place(ml.Model.Load(file, out inputSchema), place, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    // The stock classifier, which holds a temporary file, makes room for the network.
    private static ITransformer Place(ITransformer stock, int[] place, NeuralNetworkTransformer network)
    {
        var scorer = place.Aggregate(stock, (node, index) => Chain.Steps(node) is { } steps && index >= 0 && index < steps.Length
            ? steps[index]
            : throw new InvalidDataException("The model does not have the step that the unlearning data belongs to."));
        var model = NetworkLocation.Replace(stock, place, network);
        (scorer as IDisposable)?.Dispose();
        return model;
    }

    private static NeuralNetworkTransformer ReadNetwork(MLContext ml, CheckedArchive archive)
    {
        var manifest = archive.Manifest;
        var graph = ReadGraph(manifest);
        var options = manifest.Training.ToOptions(manifest.Head, graph.Spec);
        var head = manifest.Head.ToHead(options, manifest.Outputs);
        using var weights = archive.ReadStack(EntryNames.Weights, graph, 1);
        var state = ReadState(archive, graph);
        options.Attribution = ((IStoredAttributor)state.Attributor).Options;
        return new NeuralNetworkTransformer(options, weights.ToNetwork(), head, state, ml);
    }

    private static UnlearningState ReadState(CheckedArchive archive, NetworkGraph graph)
    {
        var manifest = archive.Manifest;
        long[] rowIds = archive.Read(EntryNames.RowIds, checked(8L * manifest.Rows), stream => RowIdFile.Read(stream, manifest.Rows));
        var plans = archive.Read(EntryNames.Plans, null, stream => PlanFile.Read(stream, manifest.Members, rowIds));
        var stacks = new List<ModelStack>();
        try
        {
            stacks.Add(archive.ReadStack(EntryNames.Bank, graph, manifest.Members));
            foreach (int epoch in manifest.CheckpointEpochs)
            {
                stacks.Add(archive.ReadStack(EntryNames.Checkpoint(epoch), graph, manifest.Members));
            }

            var models = new TrainedModels(stacks[0], [.. manifest.CheckpointEpochs.Select((epoch, i) => (epoch, stacks[i + 1]))]);
            var bank = new ModelBank(plans, manifest.FullMembers, models);
            var attribution = AttributorFile.Open(manifest.Attribution, bank, rowIds);
            var attributor = archive.Read(EntryNames.Attribution, TensorFile.SizeOf(attribution.Shapes), attribution.Read);
            return new UnlearningState(rowIds, bank, new BankShare(models), attributor);
        }
        catch
        {
            stacks.ForEach(stack => stack.Dispose());
            throw;
        }
    }

    private static NetworkGraph ReadGraph(StoredModel manifest)
    {
        try
        {
            return NetworkSpec.Parse(manifest.Network).CreateGraph(manifest.Features, manifest.Outputs);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The description of the network is wrong: {e.Message}", e);
        }
    }
}
