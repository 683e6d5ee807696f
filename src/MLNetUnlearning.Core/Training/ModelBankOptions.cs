namespace MLNetUnlearning.Training;

/// <summary>Settings of <see cref="ModelBank"/>.</summary>
public sealed class ModelBankOptions
{
    /// <summary>Members that each lack the rows their deletion plan names, at least 0. Default 20.</summary>
    public int Members { get; set; } = 20;

    /// <summary>Members trained on all rows, at least 1; attribution averages over them. Default 10.</summary>
    public int FullMembers { get; set; } = 10;

    /// <summary>Largest share of the rows that a member lacks; sizes are spread over a sixth of it to all of it. Default 0.1.</summary>
    public double DeletedShare { get; set; } = 0.1;

    /// <summary>
    /// Points of training, as shares of the epochs, at which copies of the weights are kept, above 0 and at most 1. Default null: where the attribution wants them (<see cref="Attribution.IAttributorOptions.Checkpoints"/>) if the bank is trained for
    /// one, otherwise at 0.5, 0.75 and 1.
    /// </summary>
    public IReadOnlyList<double>? Checkpoints { get; set; }

    /// <summary>Where copies are kept if nobody says.</summary>
    internal static IReadOnlyList<double> DefaultCheckpoints { get; } = [0.5, 0.75, 1];

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Members);
        ArgumentOutOfRangeException.ThrowIfLessThan(FullMembers, 1);
        if (DeletedShare is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(DeletedShare), DeletedShare, "DeletedShare must be above 0 and below 1.");
        }

        if (Checkpoints is not null && (Checkpoints.Count == 0 || Checkpoints.Any(share => share is not (> 0 and <= 1))))
        {
            throw new ArgumentOutOfRangeException(nameof(Checkpoints), "Checkpoints must be shares of the epochs, above 0 and at most 1.");
        }
    }

    /// <summary>The checkpoints as epochs, ascending.</summary>
    internal int[] CheckpointEpochs(int epochs) => [.. (Checkpoints ?? DefaultCheckpoints).Select(share => Math.Max(1, (int)Math.Round(share * epochs))).Distinct().Order()];
}
