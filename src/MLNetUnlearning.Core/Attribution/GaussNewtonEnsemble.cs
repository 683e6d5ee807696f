using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The models that a Gauss-Newton prediction averages over: some bank members, each at every checkpoint, each with projections of its own.</summary>
internal sealed class GaussNewtonEnsemble
{
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

    /// <summary>Chooses the models. Cheap, and throws for networks that cannot be attributed.</summary>
    public static GaussNewtonEnsemble Create(ModelBank bank, GaussNewtonInfluenceOptions options)
    {
        var result = new GaussNewtonEnsemble(bank.Graph, options);
        int members = Math.Min(options.MaxMembers, bank.FullMembers);
        result.Checkpoints = bank.Models.Checkpoints.Count;
        for (int member = 0; member < members; member++)
        {
            foreach (var (_, stack) in bank.Models.Checkpoints)
            {
                result.models.Add((stack, member));
            }
        }

        using var features = result.Features(0);
        result.FeatureSize = features.Size;
        return result;
    }

    /// <summary>Weights of a model, without model axis.</summary>
    public Tensor[] Weights(int model) => models[model].Stack.Member(models[model].Member);

    /// <summary>The projections of a model, drawn anew from its seed: cheaper than keeping them. The caller disposes of them.</summary>
    public GradientFeatures Features(int model) => new(Graph, Options.ProjectionSize, StableRandom.Mix(Options.Seed, StableRandom.Projection, (ulong)model));

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
    public Tensor Curvature(int model, Tensor features, CancellationToken cancellationToken) => Accumulate(model, features, null, cancellationToken).Curvature;

    /// <summary>Gauss-Newton matrix [size, size] and, if labels are given, projected gradient of the loss [size], both summed over rows.</summary>
    public (Tensor Curvature, Tensor? Gradient) Accumulate(int model, Tensor features, Tensor? labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var curvature = zeros(FeatureSize, FeatureSize);
        var total = labels is null ? null : zeros(FeatureSize);
        Visit(model, features, labels, (_, root, gradient) =>
        {
            total?.add_(gradient!.sum([0]));
            var tall = root.flatten(0, 1);
            curvature.addmm_(tall.t(), tall, 1, 1);
        }, cancellationToken);
        return (curvature.MoveToOuterDisposeScope(), total?.MoveToOuterDisposeScope());
    }

    /// <summary>Passes over rows batch by batch.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="labels">[rows], or null if no gradient of the loss is wanted.</param>
    /// <param name="visit">Gets the position of the batch's first row, a square root of each row's Gauss-Newton matrix [batch, classes, size] (AᵀA is the matrix), and each row's gradient of the loss [batch, size].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public void Visit(int model, Tensor features, Tensor? labels, Action<int, Tensor, Tensor?> visit, CancellationToken cancellationToken)
    {
        using var map = Features(model);
        using var scope = NewDisposeScope();
        var weights = Weights(model);
        int size = Math.Min(Options.BatchSize, map.RowsPerPass);
        for (int start = 0; start < features.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            long end = Math.Min(start + size, features.shape[0]);
            (Tensor logits, Tensor jacobian) = map.OfLogits(weights, features.slice(0, start, end, 1));
            bool crossEntropy = Options.Loss == AttributionLoss.CrossEntropy;
            var outputs = crossEntropy ? logits.softmax(1) : logits;
            Tensor? gradient = null;
            if (labels is not null)
            {
                var residual = outputs.sub(nn.functional.one_hot(labels.slice(0, start, end, 1), Graph.OutputSize));
                gradient = residual.unsqueeze(1).bmm(jacobian).squeeze(1);
            }

            // diag(p) - p pᵀ = AᵀA with A = diag(√p)(I - 1pᵀ), so one product of a tall matrix with itself is enough.
            visit(start, crossEntropy ? jacobian.sub(outputs.unsqueeze(1).bmm(jacobian)).mul_(outputs.sqrt().unsqueeze(2)) : jacobian, gradient);
        }
    }
}
