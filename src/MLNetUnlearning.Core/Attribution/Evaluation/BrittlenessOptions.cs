namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>Settings of <see cref="BrittlenessCheck"/>.</summary>
public sealed class BrittlenessOptions
{
    /// <summary>Numbers of rows to take away, ascending, each at least 1. Default 5, 10, 20, 40, 80. A size is tried on the targets that no smaller one has flipped.</summary>
    public IReadOnlyList<int> Sizes { get; set; } = [5, 10, 20, 40, 80];

    /// <summary>Models trained per set of rows, at least 1; a prediction is flipped if the mean of their margins is below zero. Default 5.</summary>
    public int Models { get; set; } = 5;

    /// <summary>Fixes the random sets and the seeds of the models. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Models, 1);
        if (Sizes.Count == 0 || Sizes[0] < 1 || Sizes.Zip(Sizes.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentOutOfRangeException(nameof(Sizes), "Sizes must hold at least one number, ascending, each at least 1.");
        }
    }

    internal BrittlenessOptions Clone()
    {
        var copy = (BrittlenessOptions)MemberwiseClone();
        copy.Sizes = [.. Sizes];
        return copy;
    }
}
