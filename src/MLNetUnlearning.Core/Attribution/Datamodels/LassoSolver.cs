using System.Runtime.InteropServices;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>
/// Solves min 1/(2m) ‖y - b - Dγ‖² + λ‖γ‖₁ for many outputs at once. Each output has a small working set of rows on which coordinate descent runs with the working set's Gram matrix, which for 0/1 masks is a count of common
/// bits; one matrix product gives the gradients of all rows and outputs, from which rows that violate the optimality conditions join. Solutions are kept, so that a falling λ starts warm.
/// </summary>
internal sealed class LassoSolver : IDisposable
{
    private const double NearlyActive = 0.9;
    private const int MostJoining = 100;

    private readonly MemberMasks masks;
    private readonly double[][] outputs;
    private readonly double[] means;
    private readonly double tolerance;
    private readonly Tensor residuals;
    private readonly Tensor gradients;

    /// <param name="masks">Which member lacks which row.</param>
    /// <param name="outputs">Values over members of each output.</param>
    /// <param name="tolerance">Largest violation of the optimality conditions, as a share of <see cref="LargestPenalties"/>.</param>
    public LassoSolver(MemberMasks masks, double[][] outputs, double tolerance)
    {
        this.masks = masks;
        this.tolerance = tolerance;
        means = [.. outputs.Select(values => values.Average())];
        this.outputs = [.. outputs.Select((values, output) => Array.ConvertAll(values, value => value - means[output]))];
        Weights = [.. outputs.Select(_ => SparseWeights.Zero)];
        using var scope = NewDisposeScope();
        residuals = empty(outputs.Length, masks.Members, device: CPU).DetachFromDisposeScope();
        for (int output = 0; output < outputs.Length; output++)
        {
            WriteResidual(output, this.outputs[output]);
        }

        gradients = Gradients(residuals).DetachFromDisposeScope();
        LargestPenalties = [.. gradients.abs().amax([1]).ToHost<float>().Select(value => (double)value)];
    }

    /// <summary>For each output, the smallest penalty under which all coefficients are zero.</summary>
    public double[] LargestPenalties { get; }

    /// <summary>The solution so far.</summary>
    public SparseWeights[] Weights { get; }

    /// <summary>Starts from given coefficients instead of zero.</summary>
    public void StartFrom(SparseWeights[] weights)
    {
        using var scope = NewDisposeScope();
        for (int output = 0; output < weights.Length; output++)
        {
            Weights[output] = weights[output];
            WriteResidual(output, Residual(output));
        }

        Refresh([.. Enumerable.Range(0, weights.Length)]);
    }

    /// <summary>Solves for given penalties.</summary>
    /// <param name="penalties">λ of each output.</param>
    /// <param name="skip">Outputs that keep the solution they have.</param>
    /// <param name="cancellationToken">Checked between rounds.</param>
    public void Solve(double[] penalties, bool[] skip, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        bool[] unsolved = [.. skip.Select((skipped, output) => !skipped && LargestPenalties[output] > 0)];
        var working = new int[unsolved.Length][];
        for (int output = 0; output < working.Length; output++)
        {
            working[output] = unsolved[output] ? Join(Weights[output].Rows, output, NearlyActive * penalties[output]) : [];
        }

        while (unsolved.Contains(true))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] open = [.. Enumerable.Range(0, unsolved.Length).Where(output => unsolved[output])];
            foreach (int output in open)
            {
                SolveWorking(output, working[output], penalties[output]);
            }

            Refresh(open);
            foreach (int output in open)
            {
                int[] joined = Join(working[output], output, penalties[output] + tolerance * LargestPenalties[output]);
                unsolved[output] = joined.Length > working[output].Length;
                working[output] = joined;
            }
        }
    }

    /// <summary>Value that an output should have for a member, by the solution so far.</summary>
    /// <param name="output">The output.</param>
    /// <param name="all">Masks of the member, over the same rows.</param>
    /// <param name="member">The member's position in <paramref name="all"/>.</param>
    public double Predict(int output, MemberMasks all, int member)
    {
        var (rows, values) = Weights[output];
        double sum = means[output];
        for (int i = 0; i < rows.Length; i++)
        {
            sum += values[i] * ((all.Lacks(member, rows[i]) ? 1 : 0) - (double)masks.Lacking(rows[i]).Length / masks.Members);
        }

        return sum;
    }

    public void Dispose()
    {
        residuals.Dispose();
        gradients.Dispose();
    }

    /// <summary>Coordinate descent on a working set, from the coefficients there are.</summary>
    private void SolveWorking(int output, int[] working, double penalty)
    {
        double[] residual = Residual(output);
        var problem = new LassoProblem(masks, working, residual, Weights[output]);
        problem.Descend(penalty * masks.Members, tolerance * LargestPenalties[output] * masks.Members);
        Weights[output] = problem.Weights();
        WriteResidual(output, Residual(output));
    }

    /// <summary>What the coefficients leave of a centred output, itself centred.</summary>
    private double[] Residual(int output)
    {
        double[] residual = [.. outputs[output]];
        var (rows, values) = Weights[output];
        for (int i = 0; i < rows.Length; i++)
        {
            var lacking = masks.Lacking(rows[i]);
            foreach (int member in lacking)
            {
                residual[member] -= values[i];
            }
        }

        double mean = residual.Average();
        for (int member = 0; member < residual.Length; member++)
        {
            residual[member] -= mean;
        }

        return residual;
    }

    /// <summary>The rows given and those whose gradient is above a limit, the largest first and not too many: rows that leave together have the same gradient, and one of them is enough.</summary>
    private int[] Join(int[] rows, int output, double limit)
    {
        var present = rows.ToHashSet();
        var joining = new List<(float Size, int Row)>();
        var gradient = MemoryMarshal.Cast<byte, float>(gradients.bytes).Slice(output * masks.Rows, masks.Rows);
        for (int row = 0; row < gradient.Length; row++)
        {
            float size = Math.Abs(gradient[row]);
            if (size > limit && !present.Contains(row))
            {
                joining.Add((size, row));
            }
        }

        return [.. rows, .. joining.OrderByDescending(pair => pair.Size).Take(MostJoining).Select(pair => pair.Row)];
    }

    private void WriteResidual(int output, double[] values)
    {
        var target = MemoryMarshal.Cast<byte, float>(residuals.bytes).Slice(output * masks.Members, masks.Members);
        for (int member = 0; member < values.Length; member++)
        {
            target[member] = (float)values[member];
        }
    }

    /// <summary>Computes the gradients of some outputs anew, from their residuals.</summary>
    private void Refresh(int[] of)
    {
        using var scope = NewDisposeScope();
        var index = tensor(of.Select(output => (long)output).ToArray(), device: CPU);
        gradients.index_copy_(0, index, Gradients(residuals.index_select(0, index)));
    }

    /// <summary>[outputs, rows]. Residuals are centred, so the masks need not be.</summary>
    private Tensor Gradients(Tensor residuals) => residuals.to(masks.Matrix.device).mm(masks.Matrix).div(Held(masks.Members)).cpu();
}
