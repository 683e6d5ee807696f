using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gradients of a pool's rows in one model, wherever they are kept.</summary>
internal interface IPoolGradients : IDisposable
{
    /// <summary>Memory that they take, in bytes.</summary>
    long Bytes { get; }

    /// <summary>Disk that they take, in bytes.</summary>
    long DiskBytes { get; }

    /// <summary>The gradients of some rows, copied into the current dispose scope.</summary>
    /// <param name="map">The model's projections.</param>
    /// <param name="places">Places in the pool, int64.</param>
    LogitGradients Select(GradientFeatures map, Tensor places);

    /// <summary>How far the logits of some rows move in a direction, [places, classes].</summary>
    /// <param name="map">The model's projections.</param>
    /// <param name="direction">Direction among projected gradients, [size].</param>
    /// <param name="places">Places in the pool, int64.</param>
    Tensor Along(GradientFeatures map, Tensor direction, Tensor places);

    /// <summary>A copy that holds some of the rows alone.</summary>
    /// <param name="places">Places of the rows that stay, ascending, at least one.</param>
    IPoolGradients Staying(long[] places);

    /// <summary>Disposes of the gradients and of what holds them on disk, which disposing alone leaves for another fit.</summary>
    void Delete();
}
