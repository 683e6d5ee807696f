using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>A method in the comparison, with one setting or with several of which the best is reported.</summary>
/// <param name="Name">Name in results and on the command line.</param>
/// <param name="Variants">
/// Settings, named. Where there are several, all are run, and the one is reported that forgets best on the graded rows themselves without harming the retain rows: knowledge that nobody has
/// who must choose before retraining, so what it shows is a bound on the method.
/// </param>
/// <param name="Source">Where predicted outputs come from.</param>
internal sealed record ComparedMethod(string Name, IReadOnlyList<(string Setting, IUnlearnerOptions Options)> Variants, TargetSource Source = TargetSource.Default)
{
    public ComparedMethod(string name, string setting, IUnlearnerOptions options)
        : this(name, [(setting, options)])
    {
    }
}
