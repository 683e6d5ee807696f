using TorchSharp;

namespace MLNetUnlearning.Native;

/// <summary>
/// Scalars that live as long as the program. TorchSharp 0.107.0 turns a number argument into a Scalar object and hands only its native handle on, so the garbage collector may
/// free the object while libtorch still reads it; the call then fails or reads another number. Tight loops hit that within minutes, so they take their numbers from here.
/// (<c>add(tensor)</c> counts as well: it makes a Scalar of 1.)
/// </summary>
internal static class HeldScalars
{
    /// <summary>The number 1, for sums.</summary>
    public static readonly Scalar One = 1;

    /// <summary>The number -1, for differences.</summary>
    public static readonly Scalar MinusOne = -1;
}
