using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// The loss that the way of a deletion goes down: of the rows that stay and, at weight w, of those that leave, less what is linear in the outputs and makes the start the minimum at w = 1. So each row is taught what the model said of
/// it at the start, and those that leave lose 1 − w of their true loss; a model whose training ended short of the minimum is not trained further.
/// </summary>
internal sealed class DeletionLoss
{
    /// <summary>Most rows that stand for those that stay. They are drawn evenly, not for the request: a way that only the rows see that its curvature is taken from must not pass.</summary>
    private const long MaxRows = 1000;

    private readonly NetworkGraph graph;
    private readonly TrainingLoss loss;
    private readonly Tensor features;
    private readonly Tensor said;
    private readonly Tensor labels;
    private readonly Tensor leaving;
    private readonly Tensor counts;
    private readonly int batchSize;
    private readonly CancellationToken cancellationToken;

    /// <summary>Tensors belong to the current dispose scope.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors at the start, without model axis.</param>
    /// <param name="rows">The request.</param>
    /// <param name="batchSize">Rows per pass.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public DeletionLoss(NetworkGraph graph, Tensor[] weights, GroupRows rows, int batchSize, CancellationToken cancellationToken)
    {
        this.graph = graph;
        this.batchSize = batchSize;
        this.cancellationToken = cancellationToken;
        loss = rows.Loss;
        var pool = CurvatureSample.Spread(rows.Pool, MaxRows);
        long staying = pool.shape[0], gone = rows.Forget.shape[0];
        features = cat([pool, rows.Forget]);
        leaving = cat([zeros(staying, dtype: ScalarType.Float64), ones(gone, dtype: ScalarType.Float64)]);
        counts = cat([full([staying], Held(rows.RetainCount / (double)Math.Max(1, staying)), dtype: ScalarType.Float64), ones(gone, dtype: ScalarType.Float64)]);
        labels = cat([zeros(staying, graph.OutputSize, dtype: ScalarType.Float64), LossTerms.Targets(rows.ForgetLabels, graph.OutputSize).to_type(ScalarType.Float64)]);
        Start = Outputs(weights);
        said = loss.Prediction(Start);
    }

    /// <summary>Outputs at the start.</summary>
    public Tensor Start { get; }

    /// <summary>Outputs of the rows that the loss is taken from, [rows, outputs] in float64: differences of sums over many rows need it.</summary>
    /// <param name="weights">Where, without model axis.</param>
    public Tensor Outputs(Tensor[] weights)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long first = 0; first < features.shape[0]; first += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(graph.Forward(weights, features.slice(0, first, Math.Min(first + batchSize, features.shape[0]), 1), stacked: false, training: false));
        }

        return cat(parts).to_type(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>How far the loss is above that of the start; below 0 where the rows that leave have let go of more than the others lost.</summary>
    /// <param name="outputs">As <see cref="Outputs"/> gives them.</param>
    /// <param name="remaining">w, from 0 to 1.</param>
    public double At(Tensor outputs, double remaining)
    {
        using var scope = NewDisposeScope();
        var lost = leaving.mul(Held(1 - remaining));
        var potential = loss.Potential(outputs).sub(loss.Potential(Start)).mul(lost.neg().add(Held(1), Held(1)));
        var along = said.sub(labels.mul(lost.unsqueeze(1))).mul(outputs.sub(Start)).sum(-1);
        return potential.sub(along).mul(counts).sum().item<double>();
    }
}
