using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>One data set and network on which attribution is graded by the linear datamodeling score.</summary>
/// <param name="Dataset">Name for the rows of the report.</param>
/// <param name="Network">Name for the rows of the report.</param>
/// <param name="Graph">The network.</param>
/// <param name="Train">Training rows.</param>
/// <param name="Test">Targets.</param>
/// <param name="Epochs">Epochs of a full training.</param>
/// <param name="BatchSize">Rows per step.</param>
/// <param name="LearningRate">Peak rate.</param>
internal sealed record LdsSetting(string Dataset, string Network, NetworkGraph Graph, LabeledRows Train, LabeledRows Test, int Epochs, int BatchSize, double LearningRate) : IDisposable
{
    /// <summary>Random halves of the rows that choose the ridge; they grade nothing.</summary>
    public int ChoosingSubsets { get; init; }

    /// <summary>Other random halves, which grade.</summary>
    public int GradingSubsets { get; init; }

    public int ModelsPerSubset { get; init; }

    /// <summary>Members trained in full; also the unit and the limit of training cost.</summary>
    public int Members { get; init; }

    /// <summary>Fixes subsets, members and projections.</summary>
    public ulong Seed { get; init; } = 1;

    public Trainer Trainer(int epochs) => new(Graph, new TrainerOptions { Epochs = epochs, BatchSize = BatchSize, LearningRate = LearningRate });

    public void Dispose()
    {
        Train.Dispose();
        Test.Dispose();
    }
}
