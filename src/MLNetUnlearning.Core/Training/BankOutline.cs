using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Training;

/// <summary>What a model bank is, or will be once it is trained: all that attribution methods ask of it. Lets them refuse a bank before hours go into its training.</summary>
/// <param name="Graph">The network of all members.</param>
/// <param name="RowCount">Number of training rows.</param>
/// <param name="FullMembers">Members trained on all rows.</param>
/// <param name="DeletionMembers">Members trained without some rows.</param>
/// <param name="CheckpointEpochs">Epochs whose weights are kept, ascending.</param>
public sealed record BankOutline(NetworkGraph Graph, int RowCount, int FullMembers, int DeletionMembers, IReadOnlyList<int> CheckpointEpochs)
{
    /// <summary>The loss that its members are trained with. Default cross-entropy.</summary>
    public TrainingLoss Loss { get; init; } = TrainingLoss.CrossEntropy;

    /// <summary>The outline of a trained bank.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="rows">The rows that it was trained on.</param>
    public static BankOutline Of(ModelBank bank, LabeledRows rows) =>
        new(bank.Graph, rows.Count, bank.FullMembers, bank.Members.Count - bank.FullMembers, [.. bank.Models.Checkpoints.Select(checkpoint => checkpoint.Epoch)]) { Loss = rows.Loss };

    /// <summary>Throws unless the members are there that a method declares to need.</summary>
    /// <exception cref="ArgumentException">Names the method, what is missing and the setting to change.</exception>
    internal void RequireMembers(IAttributor method)
    {
        RequireClasses(method);
        if (method.Needs.HasFlag(AttributorNeeds.FullMembers) && FullMembers == 0)
        {
            throw new ArgumentException($"Attribution method '{method.Name}' needs bank members trained on all rows, and the bank has none. Set ModelBankOptions.FullMembers to at least 1.", nameof(method));
        }

        if (method.Needs.HasFlag(AttributorNeeds.DeletionMembers) && DeletionMembers == 0)
        {
            throw new ArgumentException($"Attribution method '{method.Name}' learns from bank members trained without some rows, and all {FullMembers} members saw all rows. Set ModelBankOptions.Members above 0.", nameof(method));
        }
    }

    /// <summary>Throws if the labels are values and a method declares to need classes.</summary>
    /// <exception cref="ArgumentException">Names the method and what to use.</exception>
    internal void RequireClasses(IAttributor method)
    {
        if (method.Needs.HasFlag(AttributorNeeds.Classes) && Loss == TrainingLoss.SquaredError)
        {
            throw new ArgumentException($"Attribution method '{method.Name}' needs classes, and the labels are values. Use {nameof(GaussNewtonInfluence)}, or {nameof(LeverageExact)} for linear networks.", nameof(method));
        }
    }
}
