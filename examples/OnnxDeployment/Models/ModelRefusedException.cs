namespace OnnxDeployment.Models;

/// <summary>A file is not a model that can be served; the message says why.</summary>
internal sealed class ModelRefusedException(string message, string? digest = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>SHA-256 of the file, or null if it could not be read.</summary>
    public string? Digest { get; } = digest;
}
