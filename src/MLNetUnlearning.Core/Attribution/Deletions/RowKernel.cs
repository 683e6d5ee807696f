using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// Similarity of training rows, exp(-d²/2w) on features, smaller between classes (values are all of one class); and of sets of rows, the sum over their pairs. If every row pulled at the
/// outputs by a random amount, alike for similar rows, this would be the covariance of what two deletions do.
/// </summary>
internal sealed class RowKernel
{
    private const int BlockRows = 512;
    private const double AcrossClasses = 0.3;

    private readonly double width;

    /// <param name="rows">The training rows.</param>
    /// <param name="relativeWidth">Square of the length scale as a multiple of the mean squared distance between rows.</param>
    public RowKernel(LabeledRows rows, double relativeWidth)
    {
        using var scope = NewDisposeScope();
        // The mean over all pairs, in closed form: E|a-b|² = 2 (E|a|² - |E a|²).
        width = relativeWidth * 2 * (rows.Features.pow(Held(2)).sum([1]).mean().item<float>() - rows.Features.mean([0]).pow(Held(2)).sum().item<float>());
    }

    private RowKernel(double width) => this.width = width;

    /// <summary>Square of the length scale, in squared units of the features.</summary>
    public double Width => width;

    /// <summary>A kernel of a known width.</summary>
    public static RowKernel Restore(double width) => new(width);

    /// <summary>Similarities between sets of rows.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="left">[sets, rows], 1 where the row is in the set.</param>
    /// <param name="right">The same for the other side.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>[left sets, right sets], float64.</returns>
    public Tensor Between(LabeledRows rows, Tensor left, Tensor right, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var squares = rows.Features.pow(Held(2)).sum([1]);
        var result = zeros(left.shape[0], right.shape[0], ScalarType.Float64);
        // Rows of no set on the left take part in nothing.
        var used = left.sum([0]).nonzero().squeeze(1);
        for (long start = 0; start < used.shape[0]; start += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            var some = used.slice(0, start, Math.Min(start + BlockRows, used.shape[0]), 1);
            result.add_(left.index_select(1, some).mm(Similarities(rows, squares, some).mm(right.t())).to_type(ScalarType.Float64), Held(1));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Similarities of some rows to all rows, [some, all].</summary>
    private Tensor Similarities(LabeledRows rows, Tensor squares, Tensor some)
    {
        var features = rows.Features.index_select(0, some);
        var distance = squares.index_select(0, some).unsqueeze(1).add(squares, Held(1)).sub(features.mm(rows.Features.t()).mul(Held(2))).clamp_min(Held(0));
        var similar = distance.div(Held(-2 * width)).exp();
        if (rows.HasValues)
        {
            return similar;
        }

        var sameClass = rows.Labels.index_select(0, some).unsqueeze(1).eq(rows.Labels).to_type(ScalarType.Float32);
        return similar.mul(sameClass.mul(Held(1 - AcrossClasses)).add(Held(AcrossClasses), Held(1)));
    }
}
