using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Storage;

/// <summary>Fitted attribution as a word for its kind, its settings, and its tensors as bytes. Files name kinds by fixed words, never by types.</summary>
internal static class AttributorFile
{
    /// <summary>Throws unless attribution by a method can be stored.</summary>
    /// <exception cref="NotSupportedException">It cannot; names the method.</exception>
    public static IStoredAttributor Require(IFittedAttributor attributor) =>
        attributor is IStoredAttributor stored && AttributorKind.All.Any(kind => kind.Options == stored.Options.GetType())
            ? stored
            : throw new NotSupportedException($"Attribution by {attributor.GetType().Name} cannot be stored, as only methods of this library can. Choose one of them in NeuralNetworkOptions.Attribution, or save with ml.Model.Save for scoring alone.");

    /// <summary>Describes an attributor.</summary>
    /// <exception cref="NotSupportedException">Attribution of this kind cannot be stored.</exception>
    public static AttributorHeader Describe(IFittedAttributor attributor)
    {
        var stored = Require(attributor);
        var kind = AttributorKind.All.First(kind => kind.Options == stored.Options.GetType());
        return new AttributorHeader(kind.Word, stored.RowCount, JsonSerializer.SerializeToElement(stored.Options, kind.Options, StorageJson.Options));
    }

    /// <summary>Writes the tensors.</summary>
    public static void Write(Stream stream, IFittedAttributor attributor)
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(stream, Require(attributor).State());
    }

    /// <summary>Prepares to read attribution: gives the shapes of its tensors.</summary>
    /// <param name="header">Kind and settings.</param>
    /// <param name="bank">The bank it was fitted on.</param>
    /// <param name="rowIds">Ids of the rows it covers, ascending.</param>
    /// <exception cref="InvalidDataException">The kind is unknown, a setting is wrong, or it covers other rows.</exception>
    public static AttributorReader Open(AttributorHeader header, ModelBank bank, long[] rowIds)
    {
        if (header.RowCount != rowIds.Length)
        {
            throw new InvalidDataException($"The attribution covers {header.RowCount} rows, and the model knows {rowIds.Length}.");
        }

        var kind = AttributorKind.All.FirstOrDefault(kind => kind.Word == header.Kind) ?? throw new InvalidDataException($"Attribution of kind '{header.Kind}' is unknown to this version.");
        try
        {
            return kind.Open(header.Options, bank, rowIds);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw new InvalidDataException($"The settings of the attribution are wrong: {e.Message}", e);
        }
    }
}
