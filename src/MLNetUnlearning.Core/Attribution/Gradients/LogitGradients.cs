using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Projected gradients of every logit of some rows, in the form that takes least memory: an affine layer's gradients are products of an output and an input
/// side, and the input side is the same for all classes. <see cref="GradientFeatures.Join"/> multiplies them out.
/// </summary>
/// <param name="Logits">[rows, classes].</param>
/// <param name="Classes">What differs between classes, layer after layer, [rows, classes, <see cref="GradientFeatures.ClassSize"/>].</param>
/// <param name="Shared">What classes share, layer after layer, [rows, <see cref="GradientFeatures.SharedSize"/>].</param>
internal sealed record LogitGradients(Tensor Logits, Tensor Classes, Tensor Shared) : IDisposable
{
    /// <summary>Number of rows.</summary>
    public long Rows => Logits.shape[0];

    /// <summary>Room for some rows' gradients, to be filled by <see cref="Put"/>; in the current dispose scope.</summary>
    public static LogitGradients Empty(GradientFeatures map, long rows) =>
        new(empty(rows, map.Classes), empty(rows, map.Classes, map.ClassSize), empty(rows, map.SharedSize));

    /// <summary>The gradients of some of the rows, copied into the current dispose scope.</summary>
    /// <param name="rows">Positions, int64.</param>
    public LogitGradients Select(Tensor rows) => new(Logits.index_select(0, rows), Classes.index_select(0, rows), Shared.index_select(0, rows));

    /// <summary>A range of the rows, as views.</summary>
    public LogitGradients Slice(long start, long end) => new(Logits.slice(0, start, end, 1), Classes.slice(0, start, end, 1), Shared.slice(0, start, end, 1));

    /// <summary>Writes other rows' gradients over those of a range of rows.</summary>
    /// <param name="start">First row of the range.</param>
    /// <param name="source">What is written.</param>
    public void Put(long start, LogitGradients source)
    {
        using var scope = NewDisposeScope();
        var part = Slice(start, start + source.Rows);
        part.Logits.copy_(source.Logits);
        part.Classes.copy_(source.Classes);
        part.Shared.copy_(source.Shared);
    }

    /// <summary>Takes the tensors out of their dispose scopes.</summary>
    public LogitGradients Keep() => new(Logits.DetachFromDisposeScope(), Classes.DetachFromDisposeScope(), Shared.DetachFromDisposeScope());

    /// <summary>Hands the tensors to the dispose scope around the current one.</summary>
    public LogitGradients MoveToOuterDisposeScope() => new(Logits.MoveToOuterDisposeScope(), Classes.MoveToOuterDisposeScope(), Shared.MoveToOuterDisposeScope());

    public void Dispose()
    {
        Logits.Dispose();
        Classes.Dispose();
        Shared.Dispose();
    }
}
