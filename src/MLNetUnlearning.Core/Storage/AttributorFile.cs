using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Storage;

/// <summary>Fitted attribution as a word for its kind, its settings, and its matrices as bytes. Files name kinds by fixed words, never by types.</summary>
internal static class AttributorFile
{
    private const string GaussNewton = "gauss-newton";

    /// <summary>Describes an attributor.</summary>
    /// <exception cref="NotSupportedException">Attribution of this kind cannot be stored.</exception>
    public static AttributorHeader Describe(IFittedAttributor attributor)
    {
        var fitted = Supported(attributor);
        return new AttributorHeader(GaussNewton, fitted.RowCount, JsonSerializer.SerializeToElement(fitted.Options, StorageJson.Options));
    }

    /// <summary>Writes the matrices.</summary>
    public static void Write(Stream stream, IFittedAttributor attributor) => TensorFile.Write(stream, Supported(attributor).Kernels);

    /// <summary>Prepares to read attribution: gives the shapes of its matrices.</summary>
    /// <param name="header">Kind and settings.</param>
    /// <param name="bank">The bank it was fitted on.</param>
    /// <exception cref="InvalidDataException">The kind is unknown or a setting is wrong.</exception>
    public static AttributorReader Open(AttributorHeader header, ModelBank bank)
    {
        if (header.Kind != GaussNewton)
        {
            throw new InvalidDataException($"Attribution of kind '{header.Kind}' is unknown to this version.");
        }

        try
        {
            var options = header.Options.Deserialize<GaussNewtonInfluenceOptions>(StorageJson.Options) ?? throw new InvalidDataException("The settings of the attribution are missing.");
            options.Validate();
            return new AttributorReader(GaussNewtonEnsemble.Create(bank, options), header.RowCount);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"The settings of the attribution are wrong: {e.Message}", e);
        }
    }

    private static FittedGaussNewtonInfluence Supported(IFittedAttributor attributor) => attributor as FittedGaussNewtonInfluence
        ?? throw new NotSupportedException("Only Gauss-Newton influence can be stored.");
}
