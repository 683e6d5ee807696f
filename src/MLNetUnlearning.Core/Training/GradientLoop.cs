using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>
/// The one optimisation loop behind training and fine-tuning: many models side by side, each with its own rows, number of steps and learning rate.
/// Graphs that support stacking run as one batched computation per chunk of models; others run one model per worker.
/// </summary>
internal sealed class GradientLoop
{
    private readonly OptimizationOptions options;
    private readonly Tensor features;
    private readonly IBatchSource batches;
    private readonly IObjective objective;

    /// <param name="options">Optimiser settings.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="batches">Rows of each model.</param>
    /// <param name="objective">The loss.</param>
    public GradientLoop(OptimizationOptions options, Tensor features, IBatchSource batches, IObjective objective)
    {
        this.options = options;
        this.features = features;
        this.batches = batches;
        this.objective = objective;
    }

    /// <summary>Most models per batched computation.</summary>
    public int MaxStack { get; init; } = 50;

    /// <summary>Whether batch normalisation uses and updates batch statistics; false keeps the running statistics as they are.</summary>
    public bool TrainStatistics { get; init; }

    /// <summary>Name of the work in progress reports.</summary>
    public required string Stage { get; init; }

    /// <summary>Progress reports per epoch, at least 1.</summary>
    public int ReportsPerEpoch { get; init; } = 1;

    /// <summary>Factor on the learning rate of a step, counted from 0; null for none.</summary>
    public Func<int, double>? RateFactor { get; init; }

    /// <summary>
    /// Whether a model is done, given its number and its mean loss over the epoch that has just ended, as it was before each step; null to train for all epochs. What one model does
    /// must not depend on the others, so each is asked for itself.
    /// </summary>
    public Func<int, double, bool>? IsDone { get; init; }

    /// <summary>Trains all models in place.</summary>
    /// <param name="models">The models; changed.</param>
    /// <param name="checkpoints">Epoch and models to copy weights into after that epoch.</param>
    /// <param name="progress">Receives a report per epoch and chunk.</param>
    /// <param name="cancellationToken">Checked at every step; on cancellation the models are left half trained.</param>
    public void Run(ModelStack models, IReadOnlyList<(int Epoch, ModelStack Models)> checkpoints, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        bool stacked = models.Graph.SupportsStacking;
        int workers = Math.Min(options.MaxWorkers, models.Count);
        int size = stacked ? Math.Min(MaxStack, (models.Count + workers - 1) / workers) : 1;
        int chunks = (models.Count + size - 1) / size;
        long done = 0;
        Workers.Run(chunks, workers, chunk =>
        {
            int start = chunk * size, count = Math.Min(size, models.Count - start);
            RunChunk(models, start, count, stacked, checkpoints, loss => progress?.Report(new(Stage, Interlocked.Add(ref done, count), (long)models.Count * options.Epochs * ReportsPerEpoch, loss)), cancellationToken);
        });
    }

    private void RunChunk(ModelStack models, int start, int count, bool stacked, IReadOnlyList<(int Epoch, ModelStack Models)> checkpoints, Action<double> report, CancellationToken cancellationToken)
    {
        var graph = models.Graph;
        Tensor View(Tensor tensor) => stacked ? tensor.slice(0, start, start + count, 1) : tensor[start];
        var weights = new Tensor[graph.Parameters.Count];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = View(models.Tensors[i]).clone().requires_grad_(graph.Parameters[i].IsTrainable);
        }

        var trainable = weights.Where((_, i) => graph.Parameters[i].IsTrainable).ToArray();
        var optimizer = new StackOptimizer(options, trainable);
        int[] stepsPerEpoch = [.. Enumerable.Range(start, count).Select(model => (batches.RowsOf(model) + options.BatchSize - 1) / options.BatchSize)];
        int steps = stepsPerEpoch.Max() * options.Epochs;
        var epochRows = new long[count][];
        var stopped = new bool[count];
        var epochLoss = new double[count];
        double lossSum = 0;
        int longest = stepsPerEpoch.Max(), reported = 0, summed = 0;

        for (int step = 0; step < steps && !Array.TrueForAll(stopped, done => done); step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (rows, rowWeights, rates) = NextBatch(step, start, stepsPerEpoch, epochRows, stopped, stacked);
            var input = features.index_select(0, rows);
            var logits = stacked
                ? graph.Forward(weights, input.view(count, options.BatchSize, -1), stacked, TrainStatistics)
                : graph.Forward(weights, input, stacked, TrainStatistics).unsqueeze(0);
            var (loss, gradient) = objective.Evaluate(logits.detach(), start, rows, rowWeights);
            var gradients = autograd.grad([logits], trainable, [gradient]);
            using (no_grad())
            {
                optimizer.Step([.. gradients], rates);
                lossSum += loss.mean().item<float>();
                summed++;
            }

            if (IsDone is not null)
            {
                float[] losses = [.. loss.ToHost<float>()];
                for (int model = 0; model < count; model++)
                {
                    epochLoss[model] += losses[model] / stepsPerEpoch[model];
                    if (!stopped[model] && (step + 1) % stepsPerEpoch[model] == 0)
                    {
                        stopped[model] = IsDone(start + model, epochLoss[model]);
                        epochLoss[model] = 0;
                    }
                }
            }

            SaveCheckpoints(step + 1, start, stepsPerEpoch, weights, stacked, checkpoints);
            while ((step + 1L) * ReportsPerEpoch / longest > reported)
            {
                report(lossSum / Math.Max(summed, 1));
                (lossSum, summed) = (0, 0);
                reported++;
            }
        }

        using (no_grad())
        {
            for (int i = 0; i < weights.Length; i++)
            {
                View(models.Tensors[i]).copy_(weights[i]);
            }
        }
    }

    /// <summary>
    /// Rows, weights and learning rates of a step. A stack pads short batches with rows of weight zero, so that its models agree in size. They are
    /// rows of the model itself: features large enough to overflow get through a weight of zero as NaN, and a left-out row must never get through.
    /// </summary>
    private (Tensor Rows, Tensor Weights, Tensor Rates) NextBatch(int step, int start, int[] stepsPerEpoch, long[][] epochRows, bool[] stopped, bool stacked)
    {
        int count = stepsPerEpoch.Length, size = options.BatchSize;
        var rows = new long[count * size];
        var weights = new float[count * size];
        var rates = new float[count];
        int used = 0;
        for (int model = 0; model < count; model++)
        {
            int inEpoch = step % stepsPerEpoch[model], epoch = step / stepsPerEpoch[model];
            bool done = epoch >= options.Epochs || stopped[model];
            if (inEpoch == 0 && !done)
            {
                epochRows[model] = batches.Epoch(start + model, epoch);
            }

            rows.AsSpan(model * size, size).Fill(epochRows[model][0]);
            if (done)
            {
                continue;
            }

            var taken = epochRows[model].AsSpan(inEpoch * size, Math.Min(size, epochRows[model].Length - inEpoch * size));
            // A source with batches of several sizes fills short ones up with negative numbers.
            int padding = taken.IndexOf(-1);
            taken = padding < 0 ? taken : taken[..padding];
            taken.CopyTo(rows.AsSpan(model * size));
            weights.AsSpan(model * size, taken.Length).Fill(1f / taken.Length);
            rates[model] = (float)(LearningRates.At(options, step, stepsPerEpoch[model]) * (RateFactor?.Invoke(step) ?? 1));
            used = taken.Length;
        }

        // A model on its own takes the short batch as it is: rows of weight zero would still count in the statistics of batch normalisation.
        return stacked
            ? (tensor(rows), tensor(weights, [count, size, 1]), tensor(rates))
            : (tensor(rows[..used]), tensor(weights[..used], [1, used, 1]), tensor(rates));
    }

    private static void SaveCheckpoints(int stepsDone, int start, int[] stepsPerEpoch, Tensor[] weights, bool stacked, IReadOnlyList<(int Epoch, ModelStack Models)> checkpoints)
    {
        foreach (var (epoch, target) in checkpoints)
        {
            for (int model = 0; model < stepsPerEpoch.Length; model++)
            {
                if (stepsDone == epoch * stepsPerEpoch[model])
                {
                    using var noGrad = no_grad();
                    for (int i = 0; i < weights.Length; i++)
                    {
                        target.Tensors[i][start + model].copy_(stacked ? weights[i][model] : weights[i]);
                    }
                }
            }
        }
    }
}
