using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Features and scores of a block of rows.</summary>
/// <param name="scorer">Computes the scores.</param>
/// <param name="capacity">Most rows.</param>
internal sealed class ScoreRows(Scorer scorer, int capacity)
{
    private readonly float[] features = new float[capacity * scorer.FeatureCount];
    private readonly float[] scores = new float[capacity * scorer.Classes];

    /// <summary>Sets the features of a row.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of features than the column declares.</exception>
    public void SetFeatures(int row, in VBuffer<float> values)
    {
        if (values.Length != scorer.FeatureCount)
        {
            throw new InvalidOperationException($"A row has {values.Length} features, but the column declares {scorer.FeatureCount}.");
        }

        values.CopyTo(features.AsSpan(row * scorer.FeatureCount, scorer.FeatureCount));
    }

    /// <summary>Scores the first rows.</summary>
    public void Compute(int rows) => scorer.Score(features, rows, scores);

    /// <summary>Copies the probabilities of a row.</summary>
    public void GetScore(int row, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, scorer.Classes);
        Row(row).CopyTo(editor.Values);
        value = editor.Commit();
    }

    /// <summary>Key of the class with the highest probability, from 1; 0, the missing key, if a feature was not a number.</summary>
    public uint PredictedKey(int row)
    {
        int best = -1;
        var values = Row(row);
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > (best < 0 ? float.NegativeInfinity : values[best]))
            {
                best = i;
            }
        }

        return (uint)(best + 1);
    }

    private ReadOnlySpan<float> Row(int row) => scores.AsSpan(row * scorer.Classes, scorer.Classes);
}
