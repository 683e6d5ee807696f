namespace MLNetUnlearning.Native;

/// <summary>The native tensor library (libtorch and its TorchSharp bridge) could not be loaded. The message names the cause.</summary>
public sealed class NativeBackendException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public NativeBackendException() : this("The native tensor library could not be loaded.")
    {
    }

    /// <summary>Creates the exception with a message that names the cause.</summary>
    public NativeBackendException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with a message that names the cause, and the error it came from.</summary>
    public NativeBackendException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
