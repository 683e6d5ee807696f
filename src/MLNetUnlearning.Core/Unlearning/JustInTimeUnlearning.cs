using System.Diagnostics;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Just-in-time unlearning (Foster et al., "An Information Theoretic Approach to Machine Unlearning", TMLR 2025, arXiv 2402.01401): flattens the network around the rows to forget. It reads their features alone: no label, no row that stays.
/// </summary>
/// <remarks>
/// What a row taught the network shows as a slope around it. Each step descends the mean over noisy copies, and the sum over the rows of a batch, of ‖f(x) − f(x + ξ)‖ / ‖ξ‖ with ξ ~ N(0, σ² I), cut off at the least and largest feature of the
/// batch; f are the logits, and only f(x) is differentiated. Gradients start from 0 at every step; the authors' code lets them pile up over batches.
/// Nothing says when to stop, and all rows flatten at last: choose rate and noise on rehearsals. Batch normalisation keeps its running statistics.
/// </remarks>
public sealed class JustInTimeUnlearning : IUnlearner
{
    private readonly JustInTimeUnlearningOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public JustInTimeUnlearning(JustInTimeUnlearningOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "just-in-time";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A model ran away to weights that are not finite: the rate is too fast.</exception>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        int[] forget = request.Resolve(context.Rows);
        var clock = Stopwatch.StartNew();
        var students = context.Models.Clone();
        try
        {
            int done = 0;
            Workers.Run(students.Count, Math.Min(options.MaxWorkers, students.Count), model =>
            {
                for (int epoch = 0; epoch < options.Epochs; epoch++)
                {
                    Flatten(students, model, context.Rows, forget, StableRandom.Mix(request.Seed, StableRandom.FineTuning, (ulong)epoch), cancellationToken);
                    progress?.Report(new("flattening around forget rows", Interlocked.Increment(ref done), (long)students.Count * options.Epochs));
                }
            });
            return new UnlearningOutcome(students, TimeSpan.Zero, clock.Elapsed);
        }
        catch
        {
            students.Dispose();
            throw;
        }
    }

    /// <summary>One pass of one model, in place.</summary>
    private void Flatten(ModelStack models, int model, LabeledRows rows, int[] forget, ulong seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var graph = models.Graph;
        Tensor[] weights = [.. models.Tensors.Select((tensor, i) => tensor[model].clone().requires_grad_(graph.Parameters[i].IsTrainable))];
        Tensor[] trainable = [.. weights.Where((_, i) => graph.Parameters[i].IsTrainable)];
        long[] ids = [.. forget.Select(row => rows.RowIds[row])];
        foreach (int[] batch in StableRandom.Order(ids, seed).Select(i => forget[i]).Chunk(options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var features = rows.Features.index_select(0, tensor(batch.Select(row => (long)row).ToArray()));
            var outputs = graph.Forward(weights, features, stacked: false, training: false);
            using (no_grad())
            {
                var gradients = autograd.grad([outputs], trainable, [Gradient(graph, weights, features, outputs.detach(), [.. batch.Select(row => rows.RowIds[row])], seed)]);
                foreach (var (weight, gradient) in trainable.Zip(gradients))
                {
                    weight.sub_(gradient.mul(Held(options.LearningRate)));
                }
            }
        }

        using var noGrad = no_grad();
        for (int i = 0; i < weights.Length; i++)
        {
            if (!weights[i].isfinite().all().item<bool>())
            {
                throw new InvalidOperationException($"Model {model} ran away: its weights are not finite. Lower {nameof(JustInTimeUnlearningOptions.LearningRate)} ({options.LearningRate}) or {nameof(JustInTimeUnlearningOptions.BatchSize)} ({options.BatchSize}).");
            }

            models.Tensors[i][model].copy_(weights[i]);
        }
    }

    /// <summary>Gradient of the loss in the outputs, [rows, outputs].</summary>
    private Tensor Gradient(NetworkGraph graph, Tensor[] weights, Tensor features, Tensor outputs, long[] ids, ulong seed)
    {
        using var scope = NewDisposeScope();
        double least = features.min().item<float>(), largest = features.max().item<float>();
        var noise = Noise(ids, features.shape[1], seed);
        var sum = zeros_like(outputs);
        for (int i = 0; i < options.Perturbations; i++)
        {
            using var inner = NewDisposeScope();
            var moved = features.add(noise.select(1, i), Held(options.NoiseScale)).clamp_(Held(least), Held(largest));
            var distances = moved.sub(features).pow(Held(2)).sum(1, keepdim: true).sqrt();
            sum.add_(LocalSlope.Of(outputs, graph.Forward(weights, moved, stacked: false, training: false), distances).Gradient, Held(1));
        }

        return sum.div_(Held(options.Perturbations)).MoveToOuterDisposeScope();
    }

    /// <summary>Standard normal, [rows, copies, features]; each row's draws depend on its id, so that batches change nothing about them.</summary>
    private Tensor Noise(long[] ids, long size, ulong seed)
    {
        using var scope = NewDisposeScope();
        return stack([.. ids.Select(id =>
        {
            using var generator = new Generator(StableRandom.Mix(seed, StableRandom.Perturbations, (ulong)id));
            return Draws.Normal([options.Perturbations, size], generator);
        })]).MoveToOuterDisposeScope();
    }
}
