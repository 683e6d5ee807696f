namespace MLNetUnlearning.Benchmarks;

/// <summary>Where the larger data sets are.</summary>
internal static class DataFolder
{
    /// <summary>The folder that the environment variable MLNETUNLEARNING_DATA names; beside the repository without it.</summary>
    public static string Path => Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA") ?? System.IO.Path.Combine("..", "shared", "data");

    /// <summary>The error for a data set that is not there.</summary>
    public static DirectoryNotFoundException Missing(string folder) => new($"The data is not at '{folder}'. Set MLNETUNLEARNING_DATA to the folder above it.");
}
