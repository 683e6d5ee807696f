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

    /// <summary>Gradients of a row: that of its margin, or with squared error one for each output.</summary>
    public int GradientsPerRow => Options.Loss == TrainingLoss.CrossEntropy ? 1 : Graph.OutputSize;

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

    /// <summary>Projected gradients of rows [gradients, size], row by row, and the residual that goes with each, [gradients]. The one place where features of rows come from.</summary>
    public (Tensor Features, Tensor Residual) Featurize(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        if (Options.Loss == TrainingLoss.SquaredError)
        {
            var (outputs, each) = map.OfLogits(weights, features);
            return (each.flatten(0, 1).MoveToOuterDisposeScope(), Residual(outputs, labels).MoveToOuterDisposeScope());
        }

        Tensor? residual = null;
        var gradients = map.OfScalar(weights, features, logits =>
        {
            residual = Residual(logits, labels).MoveToOuterDisposeScope();
            return MarginGradient.Of(logits, labels);
        });
        return (gradients.MoveToOuterDisposeScope(), residual!.MoveToOuterDisposeScope());
    }

    /// <summary>How fast the loss falls as what the gradients are of rises: 1 − p for a margin; label less output, output by output, for squared error.</summary>
    /// <param name="outputs">[rows, outputs].</param>
    /// <param name="labels">Classes [rows], int64, or values [rows, outputs].</param>
    /// <returns>[gradients].</returns>
    public Tensor Residual(Tensor outputs, Tensor labels) => Options.Loss == TrainingLoss.CrossEntropy
        ? MarginGradient.Doubt(outputs, labels)
        : LossTerms.Targets(labels, Graph.OutputSize).sub(outputs).flatten();

    /// <summary>Gradients times the root of the loss's curvature in what they are of.</summary>
    public Tensor Curved(Tensor gradients, Tensor residual) => Options is { Kernel: TrakKernel.GaussNewton, Loss: TrainingLoss.CrossEntropy }
        ? gradients.mul(residual.mul(residual.neg().add_(Held(1), Held(1))).sqrt_().unsqueeze(1))
        : gradients;

    /// <summary>Projected gradients of what is asked about targets, [targets, size]: the margin of a class, or an output that is a value.</summary>
    /// <param name="map">The projections.</param>
    /// <param name="weights">The model.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="labels">Class or output of each target, [targets], int64.</param>
    /// <param name="values">Whether outputs are values.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public Tensor TargetFeatures(GradientFeatures map, Tensor[] weights, Tensor targets, Tensor labels, bool values, CancellationToken cancellationToken)
    {
        var result = zeros(targets.shape[0], map.Size);
        Batches(map, targets.shape[0], (start, end) =>
        {
            using var grad = enable_grad();
            var own = labels.slice(0, start, end, 1);
            result.slice(0, start, end, 1).copy_(map.OfScalar(weights, targets.slice(0, start, end, 1), outputs => values
                ? nn.functional.one_hot(own, Graph.OutputSize).to_type(outputs.dtype)
                : MarginGradient.Of(outputs, own)));
        }, cancellationToken);
        return result;
    }

    /// <summary>Calls <paramref name="use"/> with the features of one batch of rows after the other, inside a dispose scope of its own; positions are those of gradients.</summary>
    public void Stream(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels, Action<long, Tensor, Tensor> use, CancellationToken cancellationToken) =>
        Batches(map, features.shape[0], (start, end) =>
        {
            var (gradients, residual) = Featurize(map, weights, features.slice(0, start, end, 1), labels.slice(0, start, end, 1));
            use(start * GradientsPerRow, gradients, residual);
        }, cancellationToken);

    /// <summary>Kernel of rows, [size, size], and the residual of each gradient, [gradients].</summary>
    public (Tensor Kernel, Tensor Residual) Accumulate(int model, Tensor features, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = Map(model);
        var kernel = zeros(map.Size, map.Size);
        var residuals = zeros(features.shape[0] * GradientsPerRow);
        Stream(map, Weights(model), features, labels, (start, gradients, residual) =>
        {
            residuals.slice(0, start, start + residual.shape[0], 1).copy_(residual);
            var root = Curved(gradients, residual);
            kernel.addmm_(root.t(), root, 1, 1);
        }, cancellationToken);
        return (kernel.MoveToOuterDisposeScope(), residuals.MoveToOuterDisposeScope());
    }

    /// <summary>Residuals of some rows.</summary>
    /// <param name="residuals">[checkpoints, gradients].</param>
    /// <param name="rows">Positions of the rows.</param>
    public Tensor ResidualsOf(Tensor residuals, Tensor rows) => residuals.unflatten(1, [-1, GradientsPerRow]).index_select(1, rows).flatten(1);

    /// <summary>Scores of rows from those of their gradients, [questions, gradients] to [questions, rows].</summary>
    public Tensor SumOfRows(Tensor scores) => GradientsPerRow == 1 ? scores : scores.unflatten(1, [-1, GradientsPerRow]).sum(2);

    /// <summary>
    /// Mean over members, times the mean residual of each gradient if they are given, mean over checkpoints. As many models at once as there are workers, added up in the order
    /// of the models: memory for one result per worker, and the same bits for any number of them.
    /// </summary>
    public Tensor Average(long[] shape, Tensor? residuals, Func<int, Tensor> compute, string stage, IProgress<WorkProgress>? progress)
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
                    mean.add_(part, alpha: Held(1.0 / Members));
                    part.Dispose();
                }
            }

            total.add_(residuals is null ? mean : mean.mul_(residuals[checkpoint]), alpha: Held(1.0 / Checkpoints));
        }

        return total.MoveToOuterDisposeScope();
    }

    /// <summary>Scores moved towards zero by the soft threshold.</summary>
    public Tensor Shrink(Tensor scores) =>
        Options.SoftThreshold > 0 ? scores.sign().mul_(scores.abs().sub_(Held(Options.SoftThreshold)).clamp_min_(Held(0))) : scores;

    private void Batches(GradientFeatures map, long rows, Action<long, long> use, CancellationToken cancellationToken)
    {
        long size = Math.Min(Options.BatchSize, map.RowsPerPass);
        for (long start = 0; start < rows; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            use(start, Math.Min(start + size, rows));
        }
    }
}
