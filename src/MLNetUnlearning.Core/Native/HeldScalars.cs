using TorchSharp;

namespace MLNetUnlearning.Native;

/// <summary>
/// Numbers as scalars that outlive the call they are made for. TorchSharp 0.107.0 turns a number argument into a <see cref="Scalar"/> and hands on its native handle alone, so the
/// garbage collector may free the object while libtorch still reads it: the call then reads another number, fails with a message about scalar types, or ends the process.
/// Calls that make such objects inside TorchSharp count as well: <c>add(tensor)</c> makes a 1, <c>square()</c> a 2. eng/BannedSymbols.txt lists them, and the build refuses them.
/// </summary>
internal static class HeldScalars
{
    /// <summary>More than any one statement makes between a scalar and the call that reads it.</summary>
    private const int Kept = 256;

    private const long SmallestShared = -2, LargestShared = 2;

    private static readonly Scalar[] Shared = [.. Enumerable.Range((int)SmallestShared, (int)(LargestShared - SmallestShared + 1)).Select(value => Make((long)value))];

    private static readonly Scalar False = Make(false), True = Make(true);

    // A call into libtorch runs on the thread that made its arguments.
    [ThreadStatic]
    private static Scalar[]? latest;

    [ThreadStatic]
    private static int next;

    /// <summary>A whole number.</summary>
    public static Scalar Held(long value) => value is >= SmallestShared and <= LargestShared ? Shared[value - SmallestShared] : Hold(Make(value));

    /// <summary>A real number.</summary>
    public static Scalar Held(double value) => Hold(Make(value));

    /// <summary>A truth value.</summary>
    public static Scalar Held(bool value) => value ? True : False;

    private static Scalar Hold(Scalar scalar)
    {
        latest ??= new Scalar[Kept];
        latest[next] = scalar;
        next = (next + 1) % Kept;
        return scalar;
    }

#pragma warning disable RS0030 // the one place where they are made; no call reads them before they are kept
    private static Scalar Make(long value) => value;

    private static Scalar Make(double value) => value;

    private static Scalar Make(bool value) => value;
#pragma warning restore RS0030
}
