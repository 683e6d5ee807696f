using System.ComponentModel.DataAnnotations;

namespace OnnxDeployment.Serving;

/// <summary>Section <c>Limits</c> of the settings: what one caller can cost.</summary>
internal sealed class LimitSettings
{
    /// <summary>Largest body of a request, in bytes. Default 8 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int RequestBytes { get; set; } = 8 << 20;

    /// <summary>Most rows of a request. Default 4096.</summary>
    [Range(1, 1_000_000)]
    public int Rows { get; set; } = 4096;

    /// <summary>Requests that are read and scored at the same time. Default 16.</summary>
    [Range(1, 10_000)]
    public int ConcurrentRequests { get; set; } = 16;

    /// <summary>Requests that wait for their turn; further ones get 503. Default 1024.</summary>
    [Range(0, 1_000_000)]
    public int QueuedRequests { get; set; } = 1024;

    /// <summary>Longest time of a request; then it is stopped with 504. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RequestTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long requests under way may take to end when the service is stopped. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownTime { get; set; } = TimeSpan.FromSeconds(30);
}
