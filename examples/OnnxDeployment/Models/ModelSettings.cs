using System.ComponentModel.DataAnnotations;

namespace OnnxDeployment.Models;

/// <summary>Section <c>Model</c> of the settings.</summary>
internal sealed class ModelSettings
{
    /// <summary>The ONNX file. Whoever may write it decides what is served: give that right to the deployment alone.</summary>
    [Required(ErrorMessage = "No model: give --model FILE, the path of an ONNX file. --help says more.")]
    public string Path { get; set; } = "";

    /// <summary>How often to look for a newer file. Default 2 seconds. Looking works on network volumes, too, where notifications do not arrive.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Largest file that is loaded, in bytes. Default 1 GiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBytes { get; set; } = 1 << 30;

    /// <summary>Threads that ONNX Runtime uses for one request. Default 1: with many requests at once, more threads each only get in each other's way.</summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 1;
}
