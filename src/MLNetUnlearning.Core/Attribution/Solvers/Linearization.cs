using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// A model's logits as a linear function of its weights around where they are, on some rows: the gradient of the loss and Gauss-Newton products. Activations are
/// computed once and kept, so that an iteration costs about one training step's arithmetic.
/// </summary>
internal sealed class Linearization : IDisposable
{
    private readonly NetworkGraph graph;
    private readonly ParameterVector vector;
    private readonly TrainingLoss loss;
    private readonly Tensor[] weights;
    private readonly Tensor? rowWeights;
    private readonly List<(Tensor[] Live, Tensor[] Values, Tensor Outputs)> batches = [];

    /// <param name="graph">The network.</param>
    /// <param name="weights">Its tensors, without model axis.</param>
    /// <param name="features">[rows, features].</param>
    /// <param name="loss">The loss whose curvature is meant.</param>
    /// <param name="batchSize">Rows per pass.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <param name="rowWeights">How often each row counts in <see cref="Curvature"/>, [rows]; null: once.</param>
    public Linearization(NetworkGraph graph, Tensor[] weights, Tensor features, TrainingLoss loss, int batchSize, CancellationToken cancellationToken, Tensor? rowWeights = null)
    {
        this.graph = graph;
        this.loss = loss;
        SupportedLayers.Require(graph);
        this.rowWeights = rowWeights?.unsqueeze(1).DetachFromDisposeScope();
        vector = new ParameterVector(graph);
        this.weights = [.. weights.Select((tensor, i) => graph.Parameters[i].IsTrainable ? tensor.detach().requires_grad_().DetachFromDisposeScope() : tensor)];
        try
        {
            using var scope = NewDisposeScope();
            for (long start = 0; start < features.shape[0]; start += batchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Keep(features.slice(0, start, Math.Min(start + batchSize, features.shape[0]), 1));
            }
        }
        catch
        {
            // Nobody else can: the caller has no object yet, and what is kept is in no scope.
            Dispose();
            throw;
        }
    }

    /// <summary>Gradient of the summed loss. At least one row is needed.</summary>
    /// <param name="labels">Classes [rows], int64, or values [rows, outputs].</param>
    public Tensor Gradient(Tensor labels)
    {
        using var inner = NewDisposeScope();
        long start = 0;
        Tensor? total = null;
        foreach (var (live, _, outputs) in batches)
        {
            long end = start + outputs.shape[0];
            total = Add(total, Back(live, outputs.sub(LossTerms.Targets(labels.slice(0, start, end, 1), graph.OutputSize))));
            start = end;
        }

        return total!.MoveToOuterDisposeScope();
    }

    /// <summary>Gauss-Newton product Σ w Jᵀ C J v over rows of weight w, with C = diag(p) - p pᵀ, or the identity for squared error. Zero without rows.</summary>
    public Tensor Curvature(Tensor direction)
    {
        using var inner = NewDisposeScope();
        var parts = vector.Split(direction);
        Tensor? total = null;
        long start = 0;
        foreach (var (live, values, outputs) in batches)
        {
            long end = start + outputs.shape[0];
            var curved = loss.Curve(outputs, TangentPass.Along(graph, weights, parts, values));
            total = Add(total, Back(live, rowWeights is null ? curved : curved.mul(rowWeights.slice(0, start, end, 1))));
            start = end;
        }

        return (total ?? zeros_like(direction)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        rowWeights?.Dispose();
        foreach (var weight in vector.Pick(weights))
        {
            weight.Dispose();
        }

        foreach (var (live, values, outputs) in batches)
        {
            foreach (var tensor in live.Concat(values).Append(outputs))
            {
                tensor.Dispose();
            }
        }
    }

    private void Keep(Tensor features)
    {
        var live = new Tensor[graph.Nodes.Count];
        using (enable_grad())
        {
            graph.Forward(weights, features, stacked: false, training: false, live);
        }

        Tensor[] values = [.. live.Select(output => output.detach().DetachFromDisposeScope())];
        var outputs = loss.Prediction(values[^1]);
        batches.Add(([.. live.Select(output => output.DetachFromDisposeScope())], values, outputs.DetachFromDisposeScope()));
    }

    private static Tensor Add(Tensor? total, Tensor part) => total is null ? part : total.add_(part, Held(1));

    private Tensor Back(Tensor[] live, Tensor gradient) => ParameterVector.Join(autograd.grad([live[^1]], vector.Pick(weights), [gradient], retain_graph: true));
}
