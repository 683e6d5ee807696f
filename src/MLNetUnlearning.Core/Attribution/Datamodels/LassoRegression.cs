using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>
/// L1-penalised regression with a penalty per output: a path of falling penalties is solved on some members, the one with the smallest squared error on the others is taken, and the regression is solved with
/// it on all members. An output whose error has not improved for a few penalties leaves the path.
/// </summary>
internal sealed class LassoRegression : IDatamodelRegression
{
    private const int Patience = 3;

    private readonly MemberMasks masks;
    private readonly MemberMasks trainingMasks;
    private readonly int[] training;
    private readonly int[] heldOut;
    private readonly RegressionDatamodelsOptions options;

    /// <param name="masks">Which member lacks which row; stays the caller's.</param>
    /// <param name="options">The path.</param>
    public LassoRegression(MemberMasks masks, RegressionDatamodelsOptions options)
    {
        this.masks = masks;
        this.options = options;
        int held = Math.Max(1, (int)Math.Round(options.HeldOutShare * masks.Members));
        long[] positions = [.. Enumerable.Range(0, masks.Members).Select(member => (long)member)];
        int[] order = StableRandom.Order(positions, StableRandom.Mix(options.Seed, StableRandom.HeldOutOracles));
        heldOut = [.. order.Take(held).Order()];
        training = [.. order.Skip(held).Order()];
        trainingMasks = masks.Select(training);
    }

    /// <summary>Members on which penalties are chosen.</summary>
    public IReadOnlyList<int> HeldOut => heldOut;

    public Tensor Coefficients(Tensor outputs, int outputsPerTarget, CancellationToken cancellationToken)
    {
        var solution = Fit(ToArrays(outputs), cancellationToken).Weights;
        var dense = new double[(long)masks.Rows * solution.Length];
        for (int output = 0; output < solution.Length; output++)
        {
            var (rows, values) = solution[output];
            for (int i = 0; i < rows.Length; i++)
            {
                dense[(long)rows[i] * solution.Length + output] = values[i];
            }
        }

        return tensor(dense, [masks.Rows, solution.Length]);
    }

    public Tensor Sum(Tensor outputs, int outputsPerTarget, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        var wanted = rows.ToHashSet();
        var solution = Fit(ToArrays(outputs), cancellationToken).Weights;
        return tensor(solution.Select(weights => weights.Rows.Select((row, i) => wanted.Contains(row) ? weights.Values[i] : 0).Sum()).ToArray());
    }

    public void Dispose() => trainingMasks.Dispose();

    /// <summary>The chosen penalties and the coefficients under them.</summary>
    /// <param name="outputs">Values over members of each output.</param>
    /// <param name="cancellationToken">Checked between rounds.</param>
    internal (double[] Penalties, SparseWeights[] Weights) Fit(double[][] outputs, CancellationToken cancellationToken)
    {
        var (penalties, start) = Choose(outputs, cancellationToken);
        using var solver = new LassoSolver(masks, outputs, options.Tolerance);
        solver.StartFrom(start);
        solver.Solve(penalties, new bool[outputs.Length], cancellationToken);
        return (penalties, solver.Weights);
    }

    private (double[] Penalties, SparseWeights[] Weights) Choose(double[][] outputs, CancellationToken cancellationToken)
    {
        using var solver = new LassoSolver(trainingMasks, [.. outputs.Select(values => Array.ConvertAll(training, member => values[member]))], options.Tolerance);
        double[] penalties = [.. solver.LargestPenalties];
        double[] chosen = [.. penalties], errors = [.. penalties.Select((_, output) => HeldOutError(solver, outputs[output], output))];
        var weights = solver.Weights.ToArray();
        int[] waited = new int[outputs.Length];
        bool[] skip = new bool[outputs.Length];
        double ratio = Math.Pow(options.PathEnd, 1.0 / (options.PathLength - 1));
        for (int step = 1; step < options.PathLength && skip.Contains(false); step++)
        {
            penalties = Array.ConvertAll(penalties, penalty => penalty * ratio);
            solver.Solve(penalties, skip, cancellationToken);
            for (int output = 0; output < outputs.Length; output++)
            {
                if (skip[output])
                {
                    continue;
                }

                double error = HeldOutError(solver, outputs[output], output);
                waited[output]++;
                if (error < errors[output])
                {
                    (errors[output], chosen[output], weights[output], waited[output]) = (error, penalties[output], solver.Weights[output], 0);
                }

                skip[output] = waited[output] >= Patience;
            }
        }

        return (chosen, weights);
    }

    private double HeldOutError(LassoSolver solver, double[] values, int output) =>
        heldOut.Sum(member => Math.Pow(values[member] - solver.Predict(output, masks, member), 2));

    /// <summary>[members, outputs] as values over members of each output.</summary>
    private static double[][] ToArrays(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        double[] all = outputs.to_type(ScalarType.Float64).t().ToHost<double>();
        int members = (int)outputs.shape[0];
        var result = new double[outputs.shape[1]][];
        for (int output = 0; output < result.Length; output++)
        {
            result[output] = all[(output * members)..((output + 1) * members)];
        }

        return result;
    }
}
