using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The models that TRAK averages over: some bank members at some checkpoints, checkpoint by checkpoint, each with projections of its own.</summary>
internal sealed class TrakEnsemble
{
    private readonly ModelStack[] stacks;

    private TrakEnsemble(NetworkGraph graph, TrakOptions options, ModelStack[] stacks, int members)
    {
        Graph = graph;
        Options = options;
        this.stacks = stacks;
        Members = members;
    }

    public NetworkGraph Graph { get; }

    public TrakOptions Options { get; }

    /// <summary>Models per checkpoint.</summary>
    public int Members { get; }

    public int Checkpoints => stacks.Length;

    public int Count => stacks.Length * Members;

    /// <summary>Throws unless a bank has the members and checkpoints that are asked for.</summary>
    /// <returns>Members to choose from, and the epochs to use.</returns>
    public static (int Available, int[] Epochs) Require(TrakOptions options, int fullMembers, int deletionMembers, IReadOnlyList<int> kept)
    {
        int available = fullMembers + (options.UseDeletionMembers ? deletionMembers : 0);
        if (available == 0)
        {
            throw new ArgumentException(
                $"Trak needs bank members trained on all rows, and the bank has none. Train some, or set {nameof(TrakOptions.UseDeletionMembers)} to average over members that lack rows.", nameof(options));
        }

        int[] epochs = [.. (options.CheckpointEpochs ?? kept).Distinct().Order()];
        int[] missing = [.. epochs.Except(kept)];
        return missing.Length == 0 && epochs.Length > 0 ? (available, epochs) : throw new ArgumentException(
            $"The bank has no checkpoint of epoch {string.Join(", ", missing)}; it has those of epochs {string.Join(", ", kept)}. Ask for some of these, or train the bank with others.", nameof(options));
    }

    /// <summary>Chooses the models. Cheap, and throws for networks that cannot be attributed and for members or checkpoints that the bank lacks.</summary>
    public static TrakEnsemble Create(ModelBank bank, TrakOptions options)
    {
        var kept = bank.Models.Checkpoints;
        var (available, epochs) = Require(options, bank.FullMembers, bank.Members.Count - bank.FullMembers, [.. kept.Select(checkpoint => checkpoint.Epoch)]);
        var result = new TrakEnsemble(bank.Graph, options, [.. epochs.Select(epoch => kept.First(checkpoint => checkpoint.Epoch == epoch).Models)], Math.Min(options.MaxMembers, available));
        result.Map(0).Dispose();
        return result;
    }

    public int CheckpointOf(int model) => model / Members;

    /// <summary>Weights of a model, without model axis.</summary>
    public Tensor[] Weights(int model) => stacks[CheckpointOf(model)].Member(model % Members);

    /// <summary>The projections of a model, drawn anew from its seed: cheaper than keeping them. The caller disposes of them.</summary>
    public GradientFeatures Map(int model) => new(Graph, Options.ProjectionSize, StableRandom.Mix(Options.Seed, StableRandom.Projection, (ulong)model));

    /// <summary>Projected margin gradients [batch, size] and 1 − p [batch] of a batch. The one place where features come from.</summary>
    public static (Tensor Features, Tensor Doubt) Featurize(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        Tensor? doubt = null;
        var gradients = map.OfScalar(weights, features, logits =>
        {
            doubt = MarginGradient.Doubt(logits, labels).MoveToOuterDisposeScope();
            return MarginGradient.Of(logits, labels);
        });
        return (gradients.MoveToOuterDisposeScope(), doubt!.MoveToOuterDisposeScope());
    }

    /// <summary>Calls <paramref name="use"/> with the features of one batch after the other, inside a dispose scope of its own.</summary>
    public void Stream(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels, Action<long, Tensor, Tensor> use, CancellationToken cancellationToken)
    {
        long size = Math.Min(Options.BatchSize, map.RowsPerPass);
        for (long start = 0; start < features.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            long end = Math.Min(start + size, features.shape[0]);
            var (gradients, doubt) = Featurize(map, weights, features.slice(0, start, end, 1), labels.slice(0, start, end, 1));
            use(start, gradients, doubt);
        }
    }

    /// <summary>Kernel of rows, [size, size], and 1 − p of each, [rows].</summary>
    public (Tensor Kernel, Tensor Doubt) Accumulate(int model, Tensor features, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = Map(model);
        var kernel = zeros(map.Size, map.Size);
        var doubts = zeros(features.shape[0]);
        Stream(map, Weights(model), features, labels, (start, gradients, doubt) =>
        {
            doubts.slice(0, start, start + doubt.shape[0], 1).copy_(doubt);
            var root = Options.Kernel == TrakKernel.GaussNewton ? gradients.mul(doubt.mul(1 - doubt).sqrt_().unsqueeze(1)) : gradients;
            kernel.addmm_(root.t(), root, 1, 1);
        }, cancellationToken);
        return (kernel.MoveToOuterDisposeScope(), doubts.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Mean over members, times the mean doubts of each row if they are given, mean over checkpoints. As many models at once as there are workers, added up in the order
    /// of the models: memory for one result per worker, and the same bits for any number of them.
    /// </summary>
    public Tensor Average(long[] shape, Tensor? rowDoubts, Func<int, Tensor> compute, string stage, IProgress<WorkProgress>? progress)
    {
        using var scope = NewDisposeScope();
        var total = zeros(shape);
        int done = 0;
        for (int checkpoint = 0; checkpoint < Checkpoints; checkpoint++)
        {
            using var checkpointScope = NewDisposeScope();
            var mean = zeros(shape);
            for (int member = 0; member < Members; member += Options.MaxWorkers)
            {
                int first = checkpoint * Members + member;
                var parts = new Tensor[Math.Min(Options.MaxWorkers, Members - member)];
                Workers.Run(parts.Length, Options.MaxWorkers, part =>
                {
                    using var noGrad = no_grad();
                    parts[part] = compute(first + part).DetachFromDisposeScope();
                    progress?.Report(new(stage, Interlocked.Increment(ref done), Count));
                });
                foreach (var part in parts)
                {
                    mean.add_(part, alpha: 1.0 / Members);
                    part.Dispose();
                }
            }

            total.add_(rowDoubts is null ? mean : mean.mul_(rowDoubts[checkpoint]), alpha: 1.0 / Checkpoints);
        }

        return total.MoveToOuterDisposeScope();
    }

    /// <summary>Scores moved towards zero by the soft threshold.</summary>
    public Tensor Shrink(Tensor scores) =>
        Options.SoftThreshold > 0 ? scores.sign().mul_(scores.abs().sub_(Options.SoftThreshold).clamp_min_(0)) : scores;
}
