using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>A method in the comparison, with one setting or with several of which the best is reported.</summary>
/// <param name="Name">Name in results and on the command line.</param>
/// <param name="Variants">
/// Settings, named. Where there are several, all are run, and the one is reported that forgets best on the graded rows themselves without harming the retain rows: knowledge that nobody has
/// who must choose before retraining, so what it shows is a bound on the method.
/// </param>
/// <param name="Process">Whether attribution is the Gaussian process over the setting's large bank, instead of the library's default on the usual one.</param>
internal sealed record ComparedMethod(string Name, IReadOnlyList<(string Setting, IUnlearnerOptions Options)> Variants, bool Process = false)
{
    public ComparedMethod(string name, string setting, IUnlearnerOptions options)
        : this(name, [(setting, options)])
    {
    }
}
