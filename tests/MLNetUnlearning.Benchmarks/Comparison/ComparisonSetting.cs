using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>A data set, a network, its training and the requests on which methods are compared.</summary>
internal sealed class ComparisonSetting
{
    /// <summary>Name of the setting; its models are kept in a folder of this name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the data in rows of results.</summary>
    public required string Dataset { get; init; }

    public required string Network { get; init; }

    public required LabeledRows Train { get; init; }

    public required LabeledRows Test { get; init; }

    public required NetworkGraph Graph { get; init; }

    public required TrainerOptions Training { get; init; }

    public required ModelBankOptions Bank { get; init; }

    /// <summary>The same bank, with its weights kept at other points of the training.</summary>
    public ModelBankOptions BankWith(IReadOnlyList<double> checkpoints) =>
        new() { FullMembers = Bank.FullMembers, Members = Bank.Members, DeletedShare = Bank.DeletedShare, Checkpoints = checkpoints };

    /// <summary>The bank of the Gaussian process over deletions; null if the setting has none.</summary>
    public ModelBankOptions? ProcessBank { get; init; }

    /// <summary>The Gauss-Newton step in stages, but for its damping and shrinkage, which are calibrated.</summary>
    public GaussNewtonStepOptions Path { get; init; } = new() { Stages = 4 };

    public required IReadOnlyList<ForgetSet> Requests { get; init; }

    /// <summary>Models of each kind if the command line does not say.</summary>
    public required int Models { get; init; }

    /// <summary>Models trained and stored at once: what a kill can cost.</summary>
    public required int Chunk { get; init; }

    /// <summary>Whether baselines are tried over a grid of settings: for small networks alone.</summary>
    public bool Grids { get; init; }

    public ulong Seed { get; init; } = 7;
}
