using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gradients of a pool's rows in memory.</summary>
/// <param name="gradients">The gradients; taken over.</param>
internal sealed class HeldPoolGradients(LogitGradients gradients) : IPoolGradients
{
    public long Bytes => new[] { gradients.Logits, gradients.Classes, gradients.Shared }.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);

    public long DiskBytes => 0;

    public LogitGradients Select(GradientFeatures map, Tensor places) => gradients.Select(places);

    /// <inheritdoc/>
    /// <remarks>Copying rows together costs as much as the products, so for many of them all are taken.</remarks>
    public Tensor Along(GradientFeatures map, Tensor direction, Tensor places) => 2 * places.shape[0] >= gradients.Rows
        ? map.Along(gradients, direction).index_select(0, places)
        : map.Along(gradients.Select(places), direction);

    public IPoolGradients Staying(long[] places)
    {
        using var scope = NewDisposeScope();
        return new HeldPoolGradients(gradients.Select(tensor(places).clone()).Keep());
    }

    public void Delete() => Dispose();

    public void Dispose() => gradients.Dispose();
}
