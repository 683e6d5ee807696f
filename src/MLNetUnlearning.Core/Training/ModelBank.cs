using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Training;

/// <summary>
/// Models of one network on one training set: some trained on all rows, the others each without the rows that a <see cref="DeletionPlan"/> names, with
/// copies of the weights at several points of training. Attribution, its calibration and membership tests all draw on it.
/// </summary>
public sealed class ModelBank : IDisposable
{
    /// <summary>Puts a bank together; takes over the models.</summary>
    internal ModelBank(IReadOnlyList<MemberPlan> members, int fullMembers, TrainedModels models)
    {
        Members = members;
        FullMembers = fullMembers;
        Models = models;
    }

    /// <summary>Seed and left-out rows of each member; members trained on all rows come first, and the others share their seeds in turn.</summary>
    public IReadOnlyList<MemberPlan> Members { get; }

    /// <summary>How many members were trained on all rows.</summary>
    public int FullMembers { get; }

    /// <summary>The weights of all members, at the end of training and at the checkpoints.</summary>
    public TrainedModels Models { get; }

    /// <summary>The network of all members.</summary>
    public NetworkGraph Graph => Models.Final.Graph;

    /// <summary>Trains a bank with a structured deletion plan (<see cref="DeletionPlan.Structured"/>).</summary>
    /// <param name="trainer">Trains each member as it trains the deployed network.</param>
    /// <param name="rows">All training rows.</param>
    /// <param name="options">Size of the bank.</param>
    /// <param name="epochs">Epochs that the trainer runs.</param>
    /// <param name="seed">Fixes the plan and every member's own seed.</param>
    /// <param name="progress">Receives a report per epoch.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    public static ModelBank Train(
        Trainer trainer,
        LabeledRows rows,
        ModelBankOptions options,
        int epochs,
        ulong seed,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var members = Plan(rows, options, seed);
        var models = trainer.Train(rows, members, options.CheckpointEpochs(epochs), "training the model bank", progress, cancellationToken);
        return new ModelBank(members, options.FullMembers, models);
    }

    /// <summary>The members that <see cref="Train"/> would train.</summary>
    internal static MemberPlan[] Plan(LabeledRows rows, ModelBankOptions options, ulong seed)
    {
        options.Validate();
        var plan = DeletionPlan.Structured(rows, options.Members, options.DeletedShare, seed);
        ulong Seed(int member) => StableRandom.Mix(seed, StableRandom.Member, (ulong)member);
        return
        [
            .. Enumerable.Range(0, options.FullMembers).Select(i => MemberPlan.Full(Seed(i))),
            // Each with the seed of a full member: the two differ in the missing rows alone, and most of the seed's noise drops out of their difference. Turns shift by one a round,
            // so that a kind of deletion, which also comes in turns, does not fall to the same few seeds, whose noise would look like its effect.
            .. plan.Members.Select((ids, i) => new MemberPlan(Seed((i + (i / options.FullMembers)) % options.FullMembers), ids)),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => Models.Dispose();
}
