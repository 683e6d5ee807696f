namespace OnnxDeployment.Models;

/// <summary>A file that was not taken over.</summary>
/// <param name="Digest">SHA-256 of the file, or null if it could not be read.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="At">When it was looked at.</param>
internal sealed record RefusedModel(string? Digest, string Reason, DateTimeOffset At);
