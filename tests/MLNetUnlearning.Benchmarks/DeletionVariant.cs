using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>One size of bank in the deletion benchmark, with its fitted attribution.</summary>
internal sealed class DeletionVariant
{
    private DeletionVariant(int members, int checkpoints, FittedGaussNewtonInfluence attributor, double fitSeconds)
    {
        (Members, Checkpoints, Attributor, FitSeconds) = (members, checkpoints, attributor, fitSeconds);
    }

    public int Members { get; }

    public int Checkpoints { get; }

    /// <summary>Whoever meters it disposes of it.</summary>
    public FittedGaussNewtonInfluence Attributor { get; }

    public double FitSeconds { get; }

    /// <summary>Fits the default attribution on some members of a bank at its last checkpoints.</summary>
    public static DeletionVariant Fit(ModelBank bank, LabeledRows rows, int members, int checkpoints, long? cacheBytes = null)
    {
        var options = new GaussNewtonInfluenceOptions { MaxMembers = members };
        options.MaxCacheBytes = cacheBytes ?? 1L << 30;
        var models = new TrainedModels(bank.Models.Final, [.. bank.Models.Checkpoints.TakeLast(checkpoints)]);
        var clock = Stopwatch.StartNew();
        var attributor = new GaussNewtonInfluence(options).Fit(new ModelBank(bank.Members, bank.FullMembers, models), rows);
        return new(members, checkpoints, (FittedGaussNewtonInfluence)attributor, clock.Elapsed.TotalSeconds);
    }
}
