using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Unlearning;

/// <summary>Checks that data has the shape and the labels that a model was trained on.</summary>
internal static class ModelFit
{
    /// <exception cref="ArgumentException">It does not; the message names the column.</exception>
    public static void Check(NeuralNetworkTransformer network, ReadRows data)
    {
        var rows = data.Rows;
        if (rows.FeatureCount != network.Scorer.FeatureCount)
        {
            throw new ArgumentException($"Column '{rows.Columns.Features}' has {rows.FeatureCount} features, but the model was trained on {network.Scorer.FeatureCount}.");
        }

        bool same = network.Head is not MulticlassHead head
            || (head.Labels is null
                ? rows.Classes == head.OutputCount
                : data.Labels is not null && head.Labels.ToText().SequenceEqual(data.Labels.ToText(), StringComparer.Ordinal));
        if (!same)
        {
            throw new ArgumentException(
                $"Column '{rows.Columns.Label}' maps its labels to other keys than in training. Hand in the data as it went into the model's pipeline, or map it with the mapping that was fitted for training.");
        }
    }
}
