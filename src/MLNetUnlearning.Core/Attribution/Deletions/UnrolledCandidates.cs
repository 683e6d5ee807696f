using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Unrolled influence as one candidate: members' trainings gone through again for each of the bank's deletions. A step is as long as the weights, and is kept for every deletion and member.</summary>
internal sealed class UnrolledCandidates : ICandidates
{
    private const int BlockRows = 256;

    private readonly UnrolledEnsemble ensemble;
    private readonly UnrolledInfluenceOptions options;
    private readonly NetworkGraph graph;
    private readonly Tensor[] steps;
    private readonly int deletions;

    private UnrolledCandidates(UnrolledEnsemble ensemble, UnrolledInfluenceOptions options, NetworkGraph graph, Tensor[] steps, int deletions) =>
        (this.ensemble, this.options, this.graph, this.steps, this.deletions) = (ensemble, options, graph, steps, deletions);

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public int Models => steps.Length;

    /// <summary>Follows the trainings without each deletion.</summary>
    /// <param name="options">Members, solver.</param>
    /// <param name="bank">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="deletions">The deletions.</param>
    /// <param name="progress">Receives a report per member and deletion.</param>
    /// <param name="cancellationToken">Checked at every iteration.</param>
    public static UnrolledCandidates Fit(UnrolledInfluenceOptions options, ModelBank bank, LabeledRows rows, DeletionRecord deletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var ensemble = UnrolledEnsemble.Fit(options, bank, rows, progress, cancellationToken);
        Tensor[] steps = [.. Enumerable.Range(0, ensemble.Count).Select(_ => zeros(deletions.Count, bank.Graph.TrainableCount).DetachFromDisposeScope())];
        var result = new UnrolledCandidates(ensemble, options, bank.Graph, steps, deletions.Count);
        try
        {
            int done = 0;
            // Sets whose rows have all left since keep steps of zero.
            foreach (int set in Enumerable.Range(0, deletions.Count).Where(set => deletions.Rows[set].Length > 0))
            {
                using var scope = NewDisposeScope();
                var solved = ensemble.Solve(rows, deletions.Rows[set], () => progress?.Report(new("calibrating attribution", Interlocked.Increment(ref done), (long)deletions.Count * steps.Length)), cancellationToken);
                for (int member = 0; member < steps.Length; member++)
                {
                    steps[member][set].copy_(solved[member]);
                    solved[member].Dispose();
                }
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same for the rows that are left. The steps of the bank's deletions stay as they are: they say what those deletions did, which is what members' outputs are compared with, and to take them again would cost hundreds of requests.
    /// </summary>
    /// <param name="bank">The models.</param>
    /// <param name="left">The rows that are left.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between models.</param>
    public UnrolledCandidates For(ModelBank bank, LabeledRows left, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        new(UnrolledEnsemble.Fit(options, bank, left, progress, cancellationToken), options, graph, [.. steps.Select(step => step.clone().DetachFromDisposeScope())], deletions);

    /// <summary>Types and shapes of its tensors: the ensemble's, then each member's steps.</summary>
    public static IReadOnlyList<TensorShape> Shapes(UnrolledInfluenceOptions options, ModelBank bank, int deletions) =>
        [.. UnrolledEnsemble.Shapes(options, bank), .. Enumerable.Repeat(TensorShape.Single(deletions, bank.Graph.TrainableCount), UnrolledEnsemble.Members(options, bank))];

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static UnrolledCandidates Restore(UnrolledInfluenceOptions options, ModelBank bank, int rowCount, Tensor[] state, int deletions)
    {
        int members = UnrolledEnsemble.Members(options, bank);
        return new(UnrolledEnsemble.Restore(options, bank, rowCount, state[..^members]), options, bank.Graph, state[^members..], deletions);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => [.. ensemble.State(), .. steps];

    /// <inheritdoc/>
    public Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int done = 0;
        return ensemble.Solve(rows, forget, () => progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count)), cancellationToken);
    }

    /// <inheritdoc/>
    public Tensor[] Predict(Tensor[]? request, Tensor targets, bool withDeletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int before = withDeletions ? deletions : 0, sets = before + (request is null ? 0 : 1);
        int blocks = (int)((targets.shape[0] + BlockRows - 1) / BlockRows), done = 0;
        var result = zeros(sets, targets.shape[0], graph.OutputSize);
        // A worker takes a block of targets through all members, so that sums run in one order whatever the number of workers.
        Workers.Run(blocks, options.MaxWorkers, block =>
        {
            using var noGrad = no_grad();
            long start = (long)block * BlockRows, end = Math.Min(start + BlockRows, targets.shape[0]);
            var sums = result.slice(1, start, end, 1);
            for (int member = 0; member < steps.Length; member++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Tensor[] own = [.. Enumerable.Range(0, before).Select(set => steps[member][set]), .. request is null ? [] : new[] { request[member] }];
                sums.add_(ensemble.Changes(member, own, targets.slice(0, start, end, 1)).div_(Held(steps.Length)), Held(1));
            }

            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), blocks));
        });
        return [result];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ensemble.Dispose();
        foreach (var tensor in steps)
        {
            tensor.Dispose();
        }
    }
}
