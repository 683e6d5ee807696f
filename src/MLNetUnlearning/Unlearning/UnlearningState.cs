using MLNetUnlearning.Attribution;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>What a model keeps for later deletions: which rows it knows, its model bank and fitted attribution.</summary>
internal sealed class UnlearningState : IDisposable
{
    private readonly long[] rowIds;
    private readonly BankShare share;
    private readonly UseGate gate;

    /// <param name="rowIds">Ids of the rows the model knows, ascending.</param>
    /// <param name="bank">The bank.</param>
    /// <param name="share">Ownership of the bank's weights; taken over.</param>
    /// <param name="attributor">Attribution fitted on the rows; taken over.</param>
    public UnlearningState(long[] rowIds, ModelBank bank, BankShare share, IFittedAttributor attributor)
    {
        this.rowIds = rowIds;
        this.share = share;
        Bank = bank;
        Attributor = attributor;
        gate = new UseGate(typeof(NeuralNetworkTransformer), Free);
    }

    /// <summary>Ids of the rows the model knows, ascending.</summary>
    public IReadOnlyList<long> RowIds => rowIds;

    /// <summary>The bank.</summary>
    public ModelBank Bank { get; }

    /// <summary>Attribution fitted on the rows.</summary>
    public IFittedAttributor Attributor { get; }

    /// <summary>Trains a bank and fits attribution.</summary>
    public static UnlearningState Build(Trainer trainer, LabeledRows rows, NeuralNetworkOptions options, IProgress<WorkProgress> progress)
    {
        ulong seed = StableRandom.Mix(options.Seed!.Value, StableRandom.Plan);
        var bank = ModelBank.Train(trainer, rows, options.Bank, options.Epochs, seed, progress, options.CancellationToken);
        try
        {
            var attributor = options.Attribution.CreateAttributor().Fit(bank, rows, progress, options.CancellationToken);
            return new UnlearningState([.. rows.RowIds], bank, new BankShare(bank.Models), attributor);
        }
        catch
        {
            bank.Dispose();
            throw;
        }
    }

    /// <summary>The state with another attribution, fitted on the same bank.</summary>
    /// <param name="rows">All rows the model knows.</param>
    /// <param name="attribution">Settings.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    public UnlearningState With(LabeledRows rows, IAttributorOptions attribution, IProgress<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var attributor = attribution.CreateAttributor().Fit(Bank, rows, progress, cancellationToken);
        return new UnlearningState(rowIds, Bank, share.Share(), attributor);
    }

    /// <summary>Whether the model knows a row.</summary>
    public bool Knows(long rowId) => Array.BinarySearch(rowIds, rowId) >= 0;

    /// <summary>Keeps the state alive until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public UseGate.Use Enter() => gate.Enter();

    /// <summary>The state after rows are forgotten: their ids are gone, and attribution holds nothing computed from them.</summary>
    /// <param name="rows">All rows the model knows.</param>
    /// <param name="forgetRowIds">Ids of the rows that leave.</param>
    public UnlearningState Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        var gone = forgetRowIds.ToHashSet();
        MemberPlan[] members = [.. Bank.Members.Select(member => member with { ExcludedRowIds = [.. member.ExcludedRowIds.Where(id => !gone.Contains(id))] })];
        return new UnlearningState(
            [.. rowIds.Where(id => !gone.Contains(id))],
            new ModelBank(members, Bank.FullMembers, Bank.Models),
            share.Share(),
            Attributor.Without(rows, forgetRowIds));
    }

    public void Dispose() => gate.Dispose();

    private void Free()
    {
        Attributor.Dispose();
        share.Dispose();
    }
}
