using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>One way to attribute in the deletion benchmark.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Members">Bank members to average over.</param>
internal sealed record DeletionVariant(string Name, int Members)
{
    /// <summary>Checkpoints of each member, the last ones.</summary>
    public int Checkpoints { get; init; } = 1;

    /// <summary>Memory, or memory and disk, for the cache.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Whether the cache's gradients lie on disk.</summary>
    public bool OnDisk { get; init; }

    /// <summary>Least curvature of a direction that counts.</summary>
    public double CurvatureFloor { get; init; }

    /// <summary>Fits the attribution on a bank.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="folder">Where a cache on disk goes.</param>
    /// <returns>The attribution, which the caller disposes of, and the seconds that it took.</returns>
    public (FittedGaussNewtonInfluence Attributor, double Seconds) Fit(ModelBank bank, LabeledRows rows, string folder)
    {
        var options = new GaussNewtonInfluenceOptions { MaxMembers = Members, CurvatureFloor = CurvatureFloor, MaxCacheBytes = CacheBytes, WorkingFolder = OnDisk ? folder : null };
        var models = new TrainedModels(bank.Models.Final, [.. bank.Models.Checkpoints.TakeLast(Checkpoints)]);
        var clock = Stopwatch.StartNew();
        var attributor = new GaussNewtonInfluence(options).Fit(new ModelBank(bank.Members, bank.FullMembers, models), rows);
        return ((FittedGaussNewtonInfluence)attributor, clock.Elapsed.TotalSeconds);
    }
}
