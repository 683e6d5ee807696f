using MLNetUnlearning.Attribution;

namespace MLNetUnlearning.Storage;

/// <summary>Reads the matrices of fitted attribution whose settings are known.</summary>
/// <param name="ensemble">The models it averages over.</param>
/// <param name="rowCount">Number of rows it covers.</param>
internal sealed class AttributorReader(GaussNewtonEnsemble ensemble, int rowCount)
{
    /// <summary>Shapes of the matrices.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Shapes { get; } =
        [.. Enumerable.Range(0, ensemble.Count).Select(_ => (IReadOnlyList<long>)[ensemble.FeatureSize, ensemble.FeatureSize])];

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public IFittedAttributor Read(Stream stream) => new FittedGaussNewtonInfluence(ensemble, TensorFile.Read(stream, Shapes), rowCount);
}
