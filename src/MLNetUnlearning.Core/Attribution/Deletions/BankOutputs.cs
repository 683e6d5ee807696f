using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>What a bank's deletions did to the outputs of some targets, against the members trained on all rows.</summary>
/// <remarks>
/// A member that shares its seed with a full member shares much of its noise: the full member's own deviation from the mean, times the regression coefficient of the
/// one on the other, is taken off (a control variate). With gentle training almost all noise goes.
/// </remarks>
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
        using var uncentred = bank.Models.Final.Logits(targets, cancellationToken: cancellationToken);
        var logits = Centre(uncentred);
        var full = logits.slice(0, 0, bank.FullMembers, 1);
        var seedNoise = full.sub(full.mean([0]));
        var raw = logits.slice(0, bank.FullMembers, logits.shape[0], 1).sub(full.mean([0]));
        var shared = SharedNoise(bank, seedNoise);
        var variance = full.var(0, unbiased: true);
        double square = shared.square().sum().item<float>();
        double coefficient = square > 0 ? Math.Clamp(shared.mul(raw).sum().item<float>() / square, 0, 1) : 0;
        var change = raw.sub(shared.mul(coefficient));
        // What is left of the seed's variance, and of the mean over full members, which the control variate takes off in the same measure.
        double left = 1 - (coefficient * coefficient) + ((1 - coefficient) * (1 - coefficient) / bank.FullMembers);
        return new(
            change.MoveToOuterDisposeScope(),
            seedNoise.mul(1 - coefficient).MoveToOuterDisposeScope(),
            variance.mul(left).MoveToOuterDisposeScope(),
            inside);
    }

    /// <summary>Deviation of the full member with the same seed, for each deletion; zero where there is none.</summary>
    private static Tensor SharedNoise(ModelBank bank, Tensor seedNoise)
    {
        var seeds = Enumerable.Range(0, bank.FullMembers).ToDictionary(i => bank.Members[i].Seed);
        var result = zeros(bank.Members.Count - bank.FullMembers, seedNoise.shape[1], seedNoise.shape[2]);
        for (int i = 0; i < result.shape[0]; i++)
        {
            if (seeds.TryGetValue(bank.Members[bank.FullMembers + i].Seed, out int member))
            {
                result[i].copy_(seedNoise[member]);
            }
        }

        return result;
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
