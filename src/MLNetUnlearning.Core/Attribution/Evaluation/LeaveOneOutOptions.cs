namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>Settings of <see cref="LeaveOneOutCheck"/>.</summary>
public sealed class LeaveOneOutOptions
{
    /// <summary>How many random rows are left out, each alone, at least 2. Default 20. Ignored if <see cref="RowIds"/> is given.</summary>
    public int Rows { get; set; } = 20;

    /// <summary>Ids of the rows to leave out, each alone, at least 2; null for random ones. Default null. Choose them without looking at retrained models.</summary>
    public IReadOnlyList<long>? RowIds { get; set; }

    /// <summary>Models trained for each row left out, and as many on all rows with the same seeds; at least 2. Default 20. One row's effect is small beside the noise between seeds, so take many.</summary>
    public int Models { get; set; } = 20;

    /// <summary>Fixes the rows and the seeds of the models. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(Models, 2);
        if (RowIds is not null)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(RowIds.Count, 2, nameof(RowIds));
        }
    }

    internal LeaveOneOutOptions Clone()
    {
        var copy = (LeaveOneOutOptions)MemberwiseClone();
        copy.RowIds = RowIds is null ? null : [.. RowIds];
        return copy;
    }
}
