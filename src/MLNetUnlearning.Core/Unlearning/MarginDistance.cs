using MLNetUnlearning.Attribution;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// How far two models' margins are apart as distributions over rows: the squared 2-Wasserstein distance, the mean squared difference of sorted margins. A single row's margin is mostly chance,
/// retrained or not; comparing row by row would reward steps that are too short, because a short step is wrong by less where chance decides.
/// </summary>
internal static class MarginDistance
{
    /// <summary>Sorted margins m = z_y − log Σ_{c≠y} exp(z_c), float64.</summary>
    /// <param name="logits">[rows, classes].</param>
    /// <param name="labels">Classes [rows], int64, or values [rows, outputs]: then residuals are sorted.</param>
    public static double[] Sorted(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        double[] margins = [.. LogitMargins.Of(logits.unsqueeze(0), labels).to_type(ScalarType.Float64).ToHost<double>()];
        Array.Sort(margins);
        return margins;
    }

    /// <summary>Mean squared difference.</summary>
    public static double Of(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Average();
}
