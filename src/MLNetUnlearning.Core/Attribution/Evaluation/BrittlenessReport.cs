namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>How few rows must go for predictions to flip, by predicted influence and, as the control, at random.</summary>
/// <param name="Models">Models per set of rows.</param>
/// <param name="Targets">The targets that models trained on all rows classify correctly; the others cannot be flipped and are left out.</param>
public sealed record BrittlenessReport(int Models, IReadOnlyList<BrittleTarget> Targets)
{
    /// <summary>Share of the targets that the most influential rows flipped, at most so many; NaN without targets.</summary>
    public double Flipped(int size) => (double)Targets.Count(target => target.Influential <= size) / Targets.Count;

    /// <summary>Share of the targets that random rows flipped, at most so many; NaN without targets.</summary>
    public double FlippedAtRandom(int size) => (double)Targets.Count(target => target.Random <= size) / Targets.Count;
}
