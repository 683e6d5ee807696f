using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The bank members whose training is gone through again, with a preconditioner for each at each checkpoint.</summary>
internal sealed class UnrolledEnsemble : IDisposable
{
    /// <summary>
    /// Share of a step at which outputs are looked at, to be extrapolated from there. At the start they are what the derivation says, at the end a step goes through all the bends between; half-way came nearest to retraining on both sides of it.
    /// </summary>
    private const double Share = 0.5;

    private readonly ModelBank bank;
    private readonly UnrolledInfluenceOptions options;
    private readonly Preconditioner[][] preconditioners;
    private readonly double[] lengths;
    private readonly int rowCount;

    private UnrolledEnsemble(ModelBank bank, UnrolledInfluenceOptions options, int rowCount, Preconditioner[][] preconditioners)
    {
        (this.bank, this.options, this.rowCount, this.preconditioners) = (bank, options, rowCount, preconditioners);
        lengths = TrainingParts.Lengths(options.Training!, [.. bank.Models.Checkpoints.Select(checkpoint => checkpoint.Epoch)], rowCount);
    }

    /// <summary>Number of members.</summary>
    public int Count => preconditioners.Length;

    private NetworkGraph Graph => bank.Graph;

    /// <summary>Makes the preconditioners.</summary>
    public static UnrolledEnsemble Fit(UnrolledInfluenceOptions options, ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var sample = rows.Features.index_select(0, DeletionRecord.Positions(CurvatureSample.Pool(rows, [], options.CurvatureRows, options.Seed)));
        int parts = bank.Models.Checkpoints.Count, models = Members(options, bank) * parts, done = 0;
        var made = Workers.Collect(models, options.MaxWorkers, model =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int member = model / parts;
            var preconditioner = new Preconditioner(
                bank.Graph, bank.Models.Checkpoints[model % parts].Models.Member(member), sample, rows.Count, options.Loss, StableRandom.Mix(options.Seed, StableRandom.Projection, (ulong)member));
            progress?.Report(new("attributing", Interlocked.Increment(ref done), models));
            return preconditioner;
        });
        return new(bank, options, rows.Count, [.. made.Chunk(parts)]);
    }

    /// <summary>Types and shapes of the tensors of <see cref="State"/>.</summary>
    public static IReadOnlyList<TensorShape> Shapes(UnrolledInfluenceOptions options, ModelBank bank) =>
        [.. Enumerable.Repeat(Preconditioner.Shapes(bank.Graph), Members(options, bank) * bank.Models.Checkpoints.Count).SelectMany(one => one)];

    /// <summary>The ensemble whose tensors were stored; takes them over.</summary>
    public static UnrolledEnsemble Restore(UnrolledInfluenceOptions options, ModelBank bank, int rowCount, Tensor[] state)
    {
        int each = Preconditioner.Shapes(bank.Graph).Count;
        return new(bank, options, rowCount, [.. state.Chunk(each).Select(own => Preconditioner.Restore(bank.Graph, own)).Chunk(bank.Models.Checkpoints.Count)]);
    }

    /// <summary>Its tensors; they belong to this object.</summary>
    public IEnumerable<Tensor> State() => preconditioners.SelectMany(own => own).SelectMany(preconditioner => preconditioner.State());

    /// <summary>Where each member would have ended without some rows, less where it did, [parameters]; the caller owns them.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="forget">Positions of those that leave.</param>
    /// <param name="report">Called once for each member.</param>
    /// <param name="cancellationToken">Checked between batches and at every iteration.</param>
    public Tensor[] Solve(LabeledRows rows, int[] forget, Action report, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var request = GroupRows.Of(rows, forget, options.CurvatureRows, options.Seed, options.Loss);
        return Workers.Collect(Count, options.MaxWorkers, member =>
        {
            using var noGradients = no_grad();
            var step = Solve(member, request, cancellationToken);
            report();
            return step;
        });
    }

    /// <summary>Mean over members of what their steps change, [targets, outputs], in the current dispose scope.</summary>
    /// <param name="steps">From <see cref="Solve(LabeledRows, int[], Action, CancellationToken)"/>.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public Tensor Change(Tensor[] steps, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var changes = Workers.Collect(steps.Length, options.MaxWorkers, member =>
        {
            using var inner = NewDisposeScope();
            using var noGradients = no_grad();
            var parts = new List<Tensor>();
            for (long start = 0; start < targets.shape[0]; start += options.BatchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                parts.Add(Changes(member, [steps[member]], targets.slice(0, start, Math.Min(start + options.BatchSize, targets.shape[0]), 1))[0]);
            }

            return cat(parts).DetachFromDisposeScope();
        });
        var mean = zeros_like(changes[0]);
        // One after the other, so that sums run in one order whatever the number of workers.
        foreach (var change in changes)
        {
            mean.add_(change.div_(Held(changes.Length)), Held(1));
            change.Dispose();
        }

        return mean.MoveToOuterDisposeScope();
    }

    /// <summary>What each of several steps of one member changes on a batch, [steps, rows, outputs], in the current dispose scope.</summary>
    /// <param name="member">The member.</param>
    /// <param name="steps">Its steps, [parameters] each.</param>
    /// <param name="batch">[rows, features].</param>
    public Tensor Changes(int member, IReadOnlyList<Tensor> steps, Tensor batch)
    {
        using var scope = NewDisposeScope();
        var vector = new ParameterVector(Graph);
        var own = Final(member);
        var before = Outputs(own, batch);
        var changes = zeros([steps.Count, .. before.shape]);
        for (int i = 0; i < steps.Count; i++)
        {
            using var inner = NewDisposeScope();
            changes[i].copy_(Outputs(vector.Moved(own, steps[i].mul(Held(Share))), batch).sub_(before).div_(Held(Share)));
        }

        return changes.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var preconditioner in preconditioners.SelectMany(own => own))
        {
            preconditioner.Dispose();
        }
    }

    /// <summary>How many members a bank gives.</summary>
    internal static int Members(UnrolledInfluenceOptions options, ModelBank bank) => Math.Min(options.MaxMembers, bank.FullMembers);

    private Tensor[] Final(int member) => bank.Models.Final.Member(member);

    private Tensor Outputs(Tensor[] weights, Tensor batch) => Graph.Forward(weights, batch, stacked: false, training: false);

    private Tensor Solve(int member, GroupRows request, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Tensor? step = null;
        for (int part = 0; part < lengths.Length; part++)
        {
            using var inner = NewDisposeScope();
            double inverse = 1 / lengths[part];
            using var system = new GroupSystem(
                Graph, bank.Models.Checkpoints[part].Models.Member(member), request, preconditioners[member][part], options.Solver, StableRandom.Mix(options.Seed, StableRandom.Projection, (ulong)member, (ulong)part), cancellationToken);
            step = inner.MoveToOuter(system.Solve(
                inverse + (options.Training!.WeightDecay * rowCount), options.Iterations, options.Tolerance, cancellationToken, carried: step?.mul(Held(inverse))));
        }

        if (!step!.isfinite().all().item<bool>())
        {
            throw new InvalidOperationException($"What member {member} of the bank would be without the rows is not finite: its training was too rough to be followed. Train the bank at a lower learning rate.");
        }

        return step.DetachFromDisposeScope();
    }
}
