namespace MLNetUnlearning.Scoring;

/// <summary>The slots of a batch: parts of equal size one behind the other, each of which a model is run on at once.</summary>
/// <param name="Rows">Most rows of a part.</param>
/// <param name="Parts">Number of parts, so that some can be scored while others are read.</param>
internal readonly record struct BatchShape(int Rows, int Parts)
{
    /// <summary>One row at a time.</summary>
    public static BatchShape SingleRow => new(1, 1);

    /// <summary>Number of slots.</summary>
    public int Slots => checked(Rows * Parts);
}
