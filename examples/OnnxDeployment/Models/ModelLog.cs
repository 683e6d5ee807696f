namespace OnnxDeployment.Models;

/// <summary>What happens to models, for the log.</summary>
internal static partial class ModelLog
{
    [LoggerMessage(1, LogLevel.Information, "Loaded model {Digest} from {File} ({Bytes} bytes).")]
    public static partial void Loaded(this ILogger log, string digest, string file, int bytes);

    [LoggerMessage(2, LogLevel.Information, "Serving model {Digest} in place of {Former}.")]
    public static partial void Swapped(this ILogger log, string former, string digest);

    [LoggerMessage(3, LogLevel.Information, "Unloaded model {Digest}: its last request has ended.")]
    public static partial void Unloaded(this ILogger log, string digest);

    [LoggerMessage(4, LogLevel.Error, "Refused a new model: {Reason} Model {Digest} goes on.")]
    public static partial void Refused(this ILogger log, string reason, string digest);
}
