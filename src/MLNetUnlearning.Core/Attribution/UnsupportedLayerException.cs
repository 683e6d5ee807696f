namespace MLNetUnlearning.Attribution;

/// <summary>A network has a layer that attribution cannot see through. The message names the layer and what is supported.</summary>
public sealed class UnsupportedLayerException : NotSupportedException
{
    /// <summary>Creates the exception with a default message.</summary>
    public UnsupportedLayerException() : this("The network has a layer that attribution does not support.")
    {
    }

    /// <summary>Creates the exception.</summary>
    public UnsupportedLayerException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public UnsupportedLayerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
