using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The models that a Gauss-Newton prediction averages over: some bank members, each at every checkpoint, each with projections of its own.</summary>
internal sealed class GaussNewtonEnsemble
{
    private const int TriangleBlocks = 4;

    private readonly List<(ModelStack Stack, int Member)> models = [];

    private GaussNewtonEnsemble(NetworkGraph graph, GaussNewtonInfluenceOptions options)
    {
        Graph = graph;
        Options = options;
    }

    public NetworkGraph Graph { get; }

    public GaussNewtonInfluenceOptions Options { get; }

    public int Count => models.Count;

    /// <summary>Checkpoints per member: model i is member i / Checkpoints at checkpoint i % Checkpoints.</summary>
    public int Checkpoints { get; private set; } = 1;

    /// <summary>Length of a projected gradient, the same for all models.</summary>
    public int FeatureSize { get; private set; }

    /// <summary>Memory that the gradients of one row's logits take, in one model.</summary>
    public long BytesPerRow { get; private set; }

    /// <summary>Whether rows count along their strongest directions alone. Squared error curves alike along all of them.</summary>
    public bool IsReduced => Options.CurvatureFloor > 0 && Options.Loss == TrainingLoss.CrossEntropy;

    /// <summary>Chooses the models. Cheap, and throws for networks that cannot be attributed.</summary>
    /// <exception cref="ArgumentException">The training of a member diverged.</exception>
    public static GaussNewtonEnsemble Create(ModelBank bank, GaussNewtonInfluenceOptions options)
    {
        var result = new GaussNewtonEnsemble(bank.Graph, options);
        int members = Math.Min(options.MaxMembers, bank.FullMembers);
        ModelStack[] checkpoints = options.LastCheckpointOnly ? [bank.Models.Final] : [.. bank.Models.Checkpoints.Select(checkpoint => checkpoint.Models)];
        result.Checkpoints = checkpoints.Length;
        RequireFinite(bank, members);
        for (int member = 0; member < members; member++)
        {
            foreach (var stack in checkpoints)
            {
                result.models.Add((stack, member));
            }
        }

        using var features = result.Features(0);
        result.FeatureSize = features.Size;
        result.BytesPerRow = sizeof(float) * (((long)features.Classes * (features.ClassSize + 1)) + features.SharedSize);
        return result;
    }

    private static void RequireFinite(ModelBank bank, int members)
    {
        foreach (var (epoch, stack) in bank.Models.Checkpoints)
        {
            using var scope = NewDisposeScope();
            var finite = stack.Tensors.Select(tensor => tensor.slice(0, 0, members, 1).isfinite().flatten(1).all(1)).Aggregate((left, right) => left.logical_and(right));
            int diverged = Array.IndexOf([.. finite.ToHost<bool>()], false);
            if (diverged >= 0)
            {
                throw new ArgumentException(
                    $"Member {diverged} of the bank has weights that are not finite after epoch {epoch}: its training diverged, and nothing can be attributed through it. Train the bank at a lower learning rate.", nameof(bank));
            }
        }
    }

    /// <summary>Weights of a model, without model axis.</summary>
    public Tensor[] Weights(int model) => models[model].Stack.Member(models[model].Member);

    /// <summary>The projections of a model, drawn anew from its seed: cheaper than keeping them. The caller disposes of them.</summary>
    public GradientFeatures Features(int model) => new(Graph, Options.ProjectionSize, Seed(model));

    /// <summary>Fixes a model's projections.</summary>
    public ulong Seed(int model) => StableRandom.Mix(Options.Seed, StableRandom.Projection, (ulong)model);

    /// <summary>
    /// Weights in the mean over models. Halfway through training a model can stand at a point where its step is ten times too long, and one such model would
    /// decide the mean; so a prediction counts only up to a multiple of the median size among the models of its checkpoint.
    /// </summary>
    /// <param name="sizes">Size of each model's prediction.</param>
    public double[] Weigh(double[] sizes)
    {
        var weights = new double[sizes.Length];
        for (int checkpoint = 0; checkpoint < Checkpoints; checkpoint++)
        {
            int[] group = [.. Enumerable.Range(0, sizes.Length).Where(model => model % Checkpoints == checkpoint)];
            double limit = Options.OutlierRatio * sizes[group.OrderBy(model => sizes[model]).ElementAt(group.Length / 2)];
            foreach (int model in group)
            {
                weights[model] = sizes[model] > limit ? limit / sizes[model] : 1;
            }
        }

        return weights;
    }

    /// <summary>Gauss-Newton matrix of rows, [size, size], summed over rows.</summary>
    public Tensor Curvature(int model, Tensor features, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = Features(model);
        var curvature = zeros(FeatureSize, FeatureSize);
        AddCurvature(curvature, model, map, features, PassRows(map), cancellationToken);
        return Mirrored(curvature).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the Gauss-Newton matrix of rows to the lower triangle of a matrix.</summary>
    /// <param name="matrix">[size, size].</param>
    /// <param name="model">Which model.</param>
    /// <param name="map">The model's projections.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="passRows">Rows per forward pass; sums round by where they are cut.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public void AddCurvature(Tensor matrix, int model, GradientFeatures map, Tensor features, int passRows, CancellationToken cancellationToken)
    {
        if (IsReduced)
        {
            VisitReduced(model, map, features, null, passRows, (_, gradients) => AddSquare(matrix, gradients.Root), cancellationToken);
        }
        else
        {
            VisitFactored(model, map, features, passRows, (_, gradients) => AddSquare(matrix, Root(map, gradients).flatten(0, 1)), cancellationToken);
        }
    }

    /// <summary>Passes over rows batch by batch.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="labels">[rows], or null if no gradient of the loss is wanted.</param>
    /// <param name="visit">Gets the position of the batch's first row, a square root of each row's Gauss-Newton matrix [batch, directions, size] (AᵀA is the matrix; as many directions as there are classes, or as the row with most of them has), and each row's gradient of the loss [batch, size].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public void Visit(int model, Tensor features, Tensor? labels, Action<int, Tensor, Tensor?> visit, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = Features(model);
        if (IsReduced)
        {
            VisitReduced(model, map, features, labels, (start, gradients) => visit(start, Padded(gradients, Math.Min(PassRows(map), features.shape[0] - start)), gradients.Loss), cancellationToken);
            return;
        }

        VisitFactored(model, map, features, (start, gradients) =>
        {
            var gradient = labels is null ? null : LossGradient(map, gradients, labels.slice(0, start, start + gradients.Rows, 1));
            visit(start, Root(map, gradients), gradient);
        }, cancellationToken);
    }

    /// <summary>Passes over rows batch by batch, gradients not multiplied out.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="map">The model's projections.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="visit">Gets the position of the batch's first row and the gradients of its rows, which live in a scope of the batch inside that of the caller.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public void VisitFactored(int model, GradientFeatures map, Tensor features, Action<int, LogitGradients> visit, CancellationToken cancellationToken) =>
        VisitFactored(model, map, features, PassRows(map), visit, cancellationToken);

    private void VisitFactored(int model, GradientFeatures map, Tensor features, int size, Action<int, LogitGradients> visit, CancellationToken cancellationToken)
    {
        var weights = Weights(model);
        for (int start = 0; start < features.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            visit(start, map.FactorLogits(weights, features.slice(0, start, Math.Min(start + size, features.shape[0]), 1)));
        }
    }

    /// <summary>Passes over rows batch by batch, backwards along the directions that count and no others.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="map">The model's projections.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="labels">[rows], or null if no gradient of the loss is wanted.</param>
    /// <param name="visit">Gets the position of the batch's first row and what its rows add, which lives in a scope of the batch inside that of the caller.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public void VisitReduced(int model, GradientFeatures map, Tensor features, Tensor? labels, Action<int, RowGradients> visit, CancellationToken cancellationToken) =>
        VisitReduced(model, map, features, labels, PassRows(map), visit, cancellationToken);

    private void VisitReduced(int model, GradientFeatures map, Tensor features, Tensor? labels, int size, Action<int, RowGradients> visit, CancellationToken cancellationToken)
    {
        var weights = Weights(model);
        for (int start = 0; start < features.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            long end = Math.Min(start + size, features.shape[0]), losses = labels is null ? 0 : end - start;
            Tensor rows = null!;
            var gradients = map.OfSums(weights, features.slice(0, start, end, 1), logits =>
            {
                var (owners, directions) = CurvatureDirections.Of(logits, Options.CurvatureFloor);
                rows = owners.MoveToOuterDisposeScope();
                return labels is null
                    ? (owners, directions)
                    : (cat([arange(Held(0), Held(losses), Held(1), ScalarType.Int64), owners]), cat([Residual(logits, labels.slice(0, start, end, 1)), directions]));
            });
            visit(start, new(rows, gradients.slice(0, losses, gradients.shape[0], 1), labels is null ? null : gradients.slice(0, 0, losses, 1)));
        }
    }

    /// <summary>What rows add whose gradients are known already.</summary>
    public RowGradients Reduce(GradientFeatures map, LogitGradients gradients, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var (rows, directions) = CurvatureDirections.Of(gradients.Logits, Options.CurvatureFloor);
        var shared = gradients.Shared.index_select(0, rows);
        var root = map.Join(new(gradients.Logits, directions.unsqueeze(1).bmm(gradients.Classes.index_select(0, rows)), shared)).squeeze(1);
        return new(rows.MoveToOuterDisposeScope(), root.MoveToOuterDisposeScope(), LossGradient(map, gradients, labels).MoveToOuterDisposeScope());
    }

    /// <summary>A square root A of each row's Gauss-Newton matrix, [rows, classes, size]: AᵀA is the matrix.</summary>
    public Tensor Root(GradientFeatures map, LogitGradients gradients)
    {
        using var scope = NewDisposeScope();
        var jacobian = map.Join(gradients);
        if (Options.Loss == TrainingLoss.SquaredError)
        {
            return jacobian.MoveToOuterDisposeScope();
        }

        // diag(p) - p pᵀ = AᵀA with A = diag(√p)(I - 1pᵀ), so one product of a tall matrix with itself is enough.
        var outputs = gradients.Logits.softmax(1);
        return jacobian.sub_(outputs.unsqueeze(1).bmm(jacobian)).mul_(outputs.sqrt().unsqueeze(2)).MoveToOuterDisposeScope();
    }

    /// <summary>Each row's projected gradient of the loss, [rows, size].</summary>
    public Tensor LossGradient(GradientFeatures map, LogitGradients gradients, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var residual = Residual(gradients.Logits, labels);
        // The sum over classes first: then there is one gradient a row to multiply out, and not one a class.
        return map.Join(gradients with { Classes = residual.unsqueeze(1).bmm(gradients.Classes) }).squeeze(1).MoveToOuterDisposeScope();
    }

    private Tensor Residual(Tensor logits, Tensor labels) => Options.Loss.Prediction(logits).sub(LossTerms.Targets(labels, Graph.OutputSize));

    /// <summary>How far a model's outputs move in a direction among its tensors, [rows, outputs], in the current dispose scope.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="direction">By how much each tensor moves; null where one does not.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public Tensor Along(int model, Tensor?[] direction, Tensor features, CancellationToken cancellationToken)
    {
        var weights = Weights(model);
        var parts = new List<Tensor>();
        for (long start = 0; start < features.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(TangentPass.Run(Graph, weights, direction, features.slice(0, start, Math.Min(start + Options.BatchSize, features.shape[0]), 1)).Tangent);
        }

        return cat(parts);
    }

    /// <summary>Rows per forward pass.</summary>
    public int PassRows(GradientFeatures map) => Math.Min(Options.BatchSize, map.RowsPerPass);

    /// <summary>Each row's entries side by side, [rows, most entries of a row, size]; what a row has less is zero.</summary>
    private static Tensor Padded(RowGradients gradients, long count)
    {
        using var scope = NewDisposeScope();
        var counts = zeros(count, ScalarType.Int64).index_add_(0, gradients.Rows, ones_like(gradients.Rows), Held(1));
        var starts = counts.cumsum(0).sub(counts);
        long most = Math.Max(1, counts.max().item<long>());
        var places = arange(Held(0), Held(gradients.Rows.shape[0]), Held(1), ScalarType.Int64).sub(starts.index_select(0, gradients.Rows)).add(gradients.Rows.mul(Held(most)), Held(1));
        return zeros(count * most, gradients.Root.shape[1]).index_copy_(0, places, gradients.Root).view(count, most, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Adds AᵀA of some rows to the lower triangle of a matrix, block by block: the upper one mirrors it and would cost half as much again.</summary>
    /// <param name="matrix">[size, size]; what lies above its diagonal blocks is not written.</param>
    /// <param name="tall">[entries, size].</param>
    public static void AddSquare(Tensor matrix, Tensor tall)
    {
        using var scope = NewDisposeScope();
        long size = tall.shape[1];
        for (int block = 0; block < TriangleBlocks; block++)
        {
            // One strip of rows at a time, up to the diagonal block.
            long start = size * block / TriangleBlocks, end = size * (block + 1) / TriangleBlocks;
            matrix.slice(0, start, end, 1).slice(1, 0, end, 1).addmm_(tall.slice(1, start, end, 1).t(), tall.slice(1, 0, end, 1), 1, 1);
        }
    }

    /// <summary>The symmetric matrix with the same lower triangle, in the current dispose scope.</summary>
    public static Tensor Mirrored(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        return matrix.tril().add_(matrix.tril(-1).t(), Held(1)).MoveToOuterDisposeScope();
    }
}
