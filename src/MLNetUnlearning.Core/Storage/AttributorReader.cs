using MLNetUnlearning.Attribution;
using static TorchSharp.torch;

namespace MLNetUnlearning.Storage;

/// <summary>Reads the tensors of fitted attribution whose settings are known.</summary>
/// <param name="Shapes">Types and shapes of the tensors.</param>
/// <param name="Restore">Puts the attribution together; takes the tensors over.</param>
internal sealed record AttributorReader(IReadOnlyList<TensorShape> Shapes, Func<Tensor[], IStoredAttributor> Restore)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public IFittedAttributor Read(Stream stream)
    {
        var tensors = TensorFile.Read(stream, Shapes);
        try
        {
            return Restore(tensors);
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor.Dispose();
            }

            throw;
        }
    }
}
