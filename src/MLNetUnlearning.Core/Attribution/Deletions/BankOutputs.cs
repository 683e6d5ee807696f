using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>What a bank's deletions did to the outputs of some targets, against the members trained on all rows.</summary>
/// <remarks>
/// A member that shares its seed with a full member shares much of its noise: the full member's own deviation from the mean, times the regression coefficient of the
/// one on the other, is taken off (a control variate). With gentle training almost all noise goes. The coefficient is fitted on deletions of about the same shape: scattered rows change
/// the course of training less than a cluster does.
/// </remarks>
internal sealed class BankOutputs : IDisposable
{
    private BankOutputs(Tensor change, Tensor full, Tensor noise, Tensor inside, Tensor coefficients) => (Change, Full, Noise, Inside, Coefficients) = (change, full, noise, inside, coefficients);

    /// <summary>[deletions, targets, outputs]; of classes centred over them.</summary>
    public Tensor Change { get; }

    /// <summary>The same of the members trained on all rows: seed noise alone, [full members, targets, outputs].</summary>
    public Tensor Full { get; }

    /// <summary>Variance of <see cref="Change"/> over seeds, [deletions, targets, outputs].</summary>
    public Tensor Noise { get; }

    /// <summary>[deletions, targets], 1 where the deletion took the target.</summary>
    public Tensor Inside { get; }

    /// <summary>Share of the seed's own deviation that is taken off each deletion, [deletions].</summary>
    public Tensor Coefficients { get; }

    /// <summary>Evaluates the bank, and fits the coefficients on these targets.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="inside">[deletions, targets].</param>
    /// <param name="weights">Which deletions are alike.</param>
    /// <param name="shapes">Concentration of each deletion.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static BankOutputs Fit(ModelBank bank, TrainingLoss loss, Tensor targets, Tensor inside, ShapeWeights weights, IReadOnlyList<double> shapes, CancellationToken cancellationToken) =>
        Of(bank, loss, targets, inside, (shared, raw) => Fitted(shared, raw, weights, shapes), cancellationToken);

    /// <summary>Evaluates the bank with coefficients that were fitted on other targets, so that what is said of a target does not depend on those beside it.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="inside">[deletions, targets].</param>
    /// <param name="coefficients">[deletions].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static BankOutputs With(ModelBank bank, TrainingLoss loss, Tensor targets, Tensor inside, Tensor coefficients, CancellationToken cancellationToken) =>
        Of(bank, loss, targets, inside, (_, _) => coefficients.clone(), cancellationToken);

    private static BankOutputs Of(ModelBank bank, TrainingLoss loss, Tensor targets, Tensor inside, Func<Tensor, Tensor, Tensor> coefficientsOf, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var own = bank.Models.Final.Logits(targets, cancellationToken: cancellationToken);
        var logits = Centre(own, loss);
        var full = logits.slice(0, 0, bank.FullMembers, 1);
        var seedNoise = full.sub(full.mean([0]));
        var raw = logits.slice(0, bank.FullMembers, logits.shape[0], 1).sub(full.mean([0]));
        var shared = SharedNoise(bank, seedNoise);
        var variance = full.var(0, unbiased: true);
        var coefficients = coefficientsOf(shared, raw);
        double common = coefficients.mean().item<float>();
        var each = coefficients.view(-1, 1, 1);
        var change = raw.sub(shared.mul(each));
        // What is left of the seed's variance, and of the mean over full members, which the control variate takes off in the same measure.
        var left = each.pow(Held(2)).mul(Held(-1)).add(Held(1), Held(1)).add(each.mul(Held(-1)).add(Held(1), Held(1)).pow(Held(2)).div(Held(bank.FullMembers)), Held(1));
        return new(
            change.MoveToOuterDisposeScope(),
            seedNoise.mul(Held(1 - common)).MoveToOuterDisposeScope(),
            left.mul(variance).MoveToOuterDisposeScope(),
            inside,
            coefficients.MoveToOuterDisposeScope());
    }

    /// <summary>Regression of the outputs on the seed's own deviation, over deletions of about the same shape, each weighed by how little it did, [deletions].</summary>
    private static Tensor Fitted(Tensor shared, Tensor raw, ShapeWeights weights, IReadOnlyList<double> shapes)
    {
        using var scope = NewDisposeScope();
        var squares = raw.pow(Held(2)).sum([1, 2]).to_type(ScalarType.Float64).clamp_min(Held(1e-30));
        var products = shared.mul(raw).sum([1, 2]).to_type(ScalarType.Float64).div(squares);
        var norms = shared.pow(Held(2)).sum([1, 2]).to_type(ScalarType.Float64).div(squares);
        var local = stack([.. shapes.Select(shape => weights.For(shape))]);
        var below = local.mv(norms);
        return local.mv(products).div(below.clamp_min(Held(1e-30))).clamp(Held(0), Held(1)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
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

    /// <summary>Takes the mean over classes out: a common shift changes no probability. Values have no such shift and stay as they are.</summary>
    public static Tensor Centre(Tensor outputs, TrainingLoss loss) => loss == TrainingLoss.CrossEntropy ? outputs.sub(outputs.mean([-1], keepdim: true)) : outputs;

    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
    public BankOutputs Keep() => new(Change.DetachFromDisposeScope(), Full.DetachFromDisposeScope(), Noise.DetachFromDisposeScope(), Inside.DetachFromDisposeScope(), Coefficients.DetachFromDisposeScope());

    public void Dispose()
    {
        Change.Dispose();
        Full.Dispose();
        Noise.Dispose();
        Inside.Dispose();
        Coefficients.Dispose();
    }
}
