using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// Gauss-Newton predictions in all parameters, one candidate for every checkpoint and damping, each a mean over members. Memorised rows act in many directions, which a projection loses; a step
/// is as long as the weights, so that there should be few members.
/// </summary>
internal sealed class FullDimensionCandidates : ICandidates
{
    private const int BlockRows = 256;

    private readonly GaussNewtonEnsemble ensemble;
    private readonly IReadOnlyList<double> ridges;
    private readonly Preconditioner[] preconditioners;
    private readonly Tensor[] steps;
    private readonly int deletions;

    private FullDimensionCandidates(GaussNewtonEnsemble ensemble, IReadOnlyList<double> ridges, Preconditioner[] preconditioners, Tensor[] steps, int deletions)
    {
        this.ensemble = ensemble;
        this.ridges = ridges;
        this.preconditioners = preconditioners;
        this.steps = steps;
        this.deletions = deletions;
    }

    /// <inheritdoc/>
    public int Count => ensemble.Checkpoints * ridges.Count;

    /// <inheritdoc/>
    public int Models => ensemble.Count;

    /// <summary>Solves for all deletions with all models.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="deletions">The deletions.</param>
    /// <param name="ridges">What is added to the diagonals.</param>
    /// <param name="progress">Receives a report per model and deletion.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static FullDimensionCandidates Fit(
        GaussNewtonEnsemble ensemble, LabeledRows rows, DeletionRecord deletions, IReadOnlyList<double> ridges, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var preconditioners = FullDimensionSteps.Prepare(ensemble, rows, progress, cancellationToken);
        try
        {
            int done = 0;
            var solved = Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model => Solve(ensemble, preconditioners[model], model, rows, deletions.Rows, ridges, () =>
                progress?.Report(new("calibrating attribution", Interlocked.Increment(ref done), (long)ensemble.Count * deletions.Count)), cancellationToken));
            return new(ensemble, ridges, preconditioners, SolvedSteps.Weigh(ensemble, solved), deletions.Count);
        }
        catch
        {
            foreach (var preconditioner in preconditioners)
            {
                preconditioner.Dispose();
            }

            throw;
        }
    }

    /// <summary>Types and shapes of its tensors: each model's preconditioner, then each model's steps.</summary>
    public static IReadOnlyList<TensorShape> Shapes(GaussNewtonEnsemble ensemble, int deletions, int ridges) =>
    [
        .. Enumerable.Repeat(Preconditioner.Shapes(ensemble.Graph), ensemble.Count).SelectMany(one => one),
        .. Enumerable.Repeat(TensorShape.Single(ridges, deletions, ensemble.Graph.TrainableCount), ensemble.Count),
    ];

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static FullDimensionCandidates Restore(GaussNewtonEnsemble ensemble, IReadOnlyList<double> ridges, Tensor[] state, int deletions)
    {
        int each = Preconditioner.Shapes(ensemble.Graph).Count, factors = each * ensemble.Count;
        return new(ensemble, ridges, [.. state[..factors].Chunk(each).Select(own => Preconditioner.Restore(ensemble.Graph, own))], state[factors..], deletions);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => [.. preconditioners.SelectMany(preconditioner => preconditioner.State()), .. steps];

    /// <inheritdoc/>
    public Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int done = 0;
        return SolvedSteps.Weigh(ensemble, Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model => Solve(ensemble, preconditioners[model], model, rows, [forget], ridges, () =>
            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count)), cancellationToken)));
    }

    /// <inheritdoc/>
    public Tensor[] Predict(Tensor[]? request, Tensor targets, bool withDeletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int before = withDeletions ? deletions : 0, sets = before + (request is null ? 0 : 1);
        int blocks = (int)((targets.shape[0] + BlockRows - 1) / BlockRows);
        Tensor[] result = [.. Enumerable.Range(0, Count).Select(_ => zeros(sets, targets.shape[0], ensemble.Graph.OutputSize))];
        int done = 0;
        // A worker takes a block of targets through all models, so that sums run in one order whatever the number of workers.
        Workers.Run(blocks, ensemble.Options.MaxWorkers, block =>
        {
            using var noGrad = no_grad();
            long start = (long)block * BlockRows, end = Math.Min(start + BlockRows, targets.shape[0]);
            for (int model = 0; model < ensemble.Count; model++)
            {
                using var scope = NewDisposeScope();
                var weights = ensemble.Weights(model);
                var outputs = new Tensor[ensemble.Graph.Nodes.Count];
                ensemble.Graph.Forward(weights, targets.slice(0, start, end, 1), stacked: false, training: false, outputs);
                for (int ridge = 0; ridge < ridges.Count; ridge++)
                {
                    var sums = result[(model % ensemble.Checkpoints * ridges.Count) + ridge];
                    for (int set = 0; set < sets; set++)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        using var one = NewDisposeScope();
                        var step = set < before ? steps[model][ridge][set] : request![model][ridge][0];
                        sums[set].slice(0, start, end, 1).add_(TangentPass.Along(ensemble.Graph, weights, new ParameterVector(ensemble.Graph).Split(step), outputs), Held(1));
                    }
                }
            }

            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), blocks));
        });
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var preconditioner in preconditioners)
        {
            preconditioner.Dispose();
        }

        foreach (var tensor in steps)
        {
            tensor.Dispose();
        }
    }

    private static SolvedSteps Solve(
        GaussNewtonEnsemble ensemble, Preconditioner preconditioner, int model, LabeledRows rows, IReadOnlyList<int[]> deletions, IReadOnlyList<double> ridges, Action report, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var steps = zeros(ridges.Count, deletions.Count, ensemble.Graph.TrainableCount);
        var sizes = zeros(ridges.Count, deletions.Count);
        // Sets whose rows have all left since keep steps of zero.
        foreach (int set in Enumerable.Range(0, deletions.Count).Where(set => deletions[set].Length > 0))
        {
            using var one = NewDisposeScope();
            using var system = new GroupSystem(
                ensemble.Graph, ensemble.Weights(model), FullDimensionSteps.Rows(ensemble, rows, deletions[set]), preconditioner, ensemble.Options.GroupSolver, ensemble.Seed(model), cancellationToken);
            for (int ridge = 0; ridge < ridges.Count; ridge++)
            {
                var step = system.Solve(ridges[ridge], ensemble.Options.Iterations, ensemble.Options.Tolerance, cancellationToken);
                steps[ridge][set].copy_(step);
                // The residual is orthogonal to the solution, so that xᵀ(H + λI)x is xᵀb.
                sizes[ridge][set].copy_(step.dot(system.Right).sub(step.dot(step).mul(Held(ridges[ridge]))).clamp_min(Held(0)).sqrt());
            }

            report();
        }

        return new SolvedSteps(steps, sizes).Keep();
    }
}
