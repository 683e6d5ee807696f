using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>What a stored Gauss-Newton matrix was made from. Two files with one manifest hold the same bits.</summary>
/// <param name="Features">The gradients behind it.</param>
/// <param name="Loss">The loss whose curvature is meant.</param>
/// <param name="CurvatureFloor">Least curvature of a direction among logits that counts.</param>
/// <param name="RowsChecksum">Of the ids, labels and features of all rows, hexadecimal.</param>
internal sealed record KernelManifest(FeatureManifest Features, TrainingLoss Loss, double CurvatureFloor, string RowsChecksum)
{
    /// <summary>The first setting in which another manifest differs, with both values in words; null if there is none.</summary>
    public string? DifferenceTo(KernelManifest other) =>
        Features.DifferenceTo(other.Features)
        ?? Difference(nameof(Loss), Loss, other.Loss)
        ?? Difference(nameof(CurvatureFloor), CurvatureFloor, other.CurvatureFloor)
        ?? Difference(nameof(RowsChecksum), RowsChecksum, other.RowsChecksum);

    private static string? Difference<T>(string name, T there, T here)
        where T : notnull =>
        there.Equals(here) ? null : FormattableString.Invariant($"{name} is {there} there and {here} here");
}
