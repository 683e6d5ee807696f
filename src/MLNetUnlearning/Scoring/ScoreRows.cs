using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Features and scores of a block of rows.</summary>
/// <param name="scorer">Computes the scores.</param>
/// <param name="shape">Rows that it holds.</param>
internal sealed class ScoreRows(Scorer scorer, BatchShape shape) : IDisposable
{
    private readonly NetworkBlock block = scorer.Load().CreateBlock(shape);

    /// <summary>Sets the features of a row.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of features than the column declares.</exception>
    public void SetFeatures(int row, in VBuffer<float> values)
    {
        if (values.Length != scorer.FeatureCount)
        {
            throw new InvalidOperationException($"A row has {values.Length} features, but the column declares {scorer.FeatureCount}.");
        }

        values.CopyTo(block.Features.AsSpan(row * scorer.FeatureCount, scorer.FeatureCount));
    }

    /// <summary>Scores the first rows of a part.</summary>
    public void Compute(int first, int rows) => block.Compute(first, rows);

    /// <summary>The scores of a row.</summary>
    public ReadOnlySpan<float> Row(int row) => block.Scores.AsSpan(row * scorer.ScoreCount, scorer.ScoreCount);

    public void Dispose() => block.Dispose();
}
