using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>What a bank's deletions did to the outputs of some targets, against the mean of the members trained on all rows.</summary>
internal sealed class BankOutputs : IDisposable
{
    private BankOutputs(Tensor change, Tensor full, Tensor noise, Tensor inside) => (Change, Full, Noise, Inside) = (change, full, noise, inside);

    /// <summary>[deletions, targets, classes], centred over classes.</summary>
    public Tensor Change { get; }

    /// <summary>The same of the members trained on all rows: seed noise alone, [full members, targets, classes].</summary>
    public Tensor Full { get; }

    /// <summary>Variance of an entry of <see cref="Change"/> over seeds, [targets, classes].</summary>
    public Tensor Noise { get; }

    /// <summary>[deletions, targets], 1 where the deletion took the target.</summary>
    public Tensor Inside { get; }

    /// <summary>Evaluates the bank.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="inside">[deletions, targets].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static BankOutputs Of(ModelBank bank, Tensor targets, Tensor inside, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var logits = Centre(bank.Models.Final.Logits(targets, cancellationToken: cancellationToken).MoveToOuterDisposeScope());
        var full = logits.slice(0, 0, bank.FullMembers, 1);
        var mean = full.mean([0]);
        var noise = full.var(0, unbiased: true).mul(1 + 1.0 / bank.FullMembers);
        return new(
            logits.slice(0, bank.FullMembers, logits.shape[0], 1).sub(mean).MoveToOuterDisposeScope(),
            full.sub(mean).MoveToOuterDisposeScope(),
            noise.MoveToOuterDisposeScope(),
            inside);
    }

    /// <summary>Takes the mean over classes out: a common shift changes no probability.</summary>
    public static Tensor Centre(Tensor logits) => logits.sub(logits.mean([-1], keepdim: true));

    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
    public BankOutputs Keep() => new(Change.DetachFromDisposeScope(), Full.DetachFromDisposeScope(), Noise.DetachFromDisposeScope(), Inside.DetachFromDisposeScope());

    public void Dispose()
    {
        Change.Dispose();
        Full.Dispose();
        Noise.Dispose();
        Inside.Dispose();
    }
}
