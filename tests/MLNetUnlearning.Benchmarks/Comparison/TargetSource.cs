namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>What predicts the outputs that a method matches.</summary>
internal enum TargetSource
{
    /// <summary>The library's default attribution on the usual bank.</summary>
    Default,

    /// <summary>The mean over the usual bank's members of what a calibrated Gauss-Newton step makes of their outputs.</summary>
    Steps,

    /// <summary>The same of a calibrated step in stages.</summary>
    Paths,

    /// <summary>Unrolled influence on a bank of the usual members, with weights from early in their training.</summary>
    Unrolled,

    /// <summary>The Gaussian process over deletions with unrolled influence in its mean, on the setting's bank for it.</summary>
    Process,
}
