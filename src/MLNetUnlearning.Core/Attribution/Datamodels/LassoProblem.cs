using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>One output on a working set of rows: coordinate descent on the Gram matrix (Friedman, Hastie and Tibshirani 2010, "covariance updates"), so that a sweep never touches the members.</summary>
internal sealed class LassoProblem
{
    private const int MaxSweeps = 10_000;

    private readonly int[] rows;
    private readonly double[] weights;
    private readonly double[] correlations;
    private readonly double[] gram;

    /// <param name="masks">Which member lacks which row.</param>
    /// <param name="rows">The working set; holds all rows of <paramref name="start"/>.</param>
    /// <param name="residual">What the starting coefficients leave of the output, centred, over members.</param>
    /// <param name="start">The starting coefficients.</param>
    public LassoProblem(MemberMasks masks, int[] rows, double[] residual, SparseWeights start)
    {
        this.rows = rows;
        weights = new double[rows.Length];
        correlations = new double[rows.Length];
        gram = new double[rows.Length * rows.Length];
        var values = start.Rows.Zip(start.Values).ToDictionary(pair => pair.First, pair => pair.Second);
        for (int i = 0; i < rows.Length; i++)
        {
            weights[i] = values.GetValueOrDefault(rows[i]);
            foreach (int member in masks.Lacking(rows[i]))
            {
                correlations[i] += residual[member];
            }

            for (int j = 0; j <= i; j++)
            {
                gram[i * rows.Length + j] = gram[j * rows.Length + i] = masks.Product(rows[i], rows[j]);
            }
        }
    }

    /// <summary>Sweeps until no row of the working set violates the optimality conditions by more than the tolerance.</summary>
    /// <param name="penalty">m λ.</param>
    /// <param name="tolerance">In the units of the penalty.</param>
    public void Descend(double penalty, double tolerance)
    {
        for (int sweep = 0; sweep < MaxSweeps && Violation(penalty) > tolerance; sweep++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                Update(i, penalty);
            }
        }
    }

    /// <summary>The coefficients that are not zero.</summary>
    public SparseWeights Weights()
    {
        int[] kept = [.. Enumerable.Range(0, rows.Length).Where(i => weights[i] != 0)];
        return new SparseWeights([.. kept.Select(i => rows[i])], [.. kept.Select(i => weights[i])]);
    }

    private void Update(int i, double penalty)
    {
        double norm = gram[i * rows.Length + i];
        if (norm <= 0)
        {
            // All members lack the row, so it cannot be told from the intercept.
            return;
        }

        double goal = correlations[i] + norm * weights[i];
        double weight = Math.Abs(goal) <= penalty ? 0 : (goal - Math.Sign(goal) * penalty) / norm;
        double change = weight - weights[i];
        if (change != 0)
        {
            weights[i] = weight;
            Subtract(gram.AsSpan(i * rows.Length, rows.Length), change);
        }
    }

    private void Subtract(ReadOnlySpan<double> column, double factor)
    {
        var scale = new Vector<double>(factor);
        var from = MemoryMarshal.Cast<double, Vector<double>>(column);
        var to = MemoryMarshal.Cast<double, Vector<double>>(correlations.AsSpan());
        for (int i = 0; i < to.Length; i++)
        {
            to[i] -= scale * from[i];
        }

        for (int i = to.Length * Vector<double>.Count; i < column.Length; i++)
        {
            correlations[i] -= factor * column[i];
        }
    }

    private double Violation(double penalty)
    {
        double largest = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double violation = weights[i] == 0 ? Math.Abs(correlations[i]) - penalty : Math.Abs(correlations[i] - Math.Sign(weights[i]) * penalty);
            largest = Math.Max(largest, violation);
        }

        return largest;
    }
}
