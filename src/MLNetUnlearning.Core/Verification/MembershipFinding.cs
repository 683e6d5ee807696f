namespace MLNetUnlearning.Verification;

/// <summary>What a membership test says of a model.</summary>
public enum MembershipFinding
{
    /// <summary>The rows look as they do to models that never saw them, and the test would have noticed otherwise.</summary>
    NothingFound,

    /// <summary>The rows look like training rows.</summary>
    Remembers,

    /// <summary>The rows look less like training rows than they do to models that never saw them.</summary>
    OverForgets,

    /// <summary>Nothing was found, but the test does not find most models that did see the rows, either: it cannot tell.</summary>
    Inconclusive,
}
