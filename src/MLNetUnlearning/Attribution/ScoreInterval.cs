using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Intervals of scores from variances of outputs.</summary>
internal static class ScoreInterval
{
    private const double NinetyPercent = 1.6448536269514722;

    /// <summary>Ends of 90 % intervals.</summary>
    /// <param name="head">What the outputs mean.</param>
    /// <param name="outputs">Predicted outputs, [rows, outputs].</param>
    /// <param name="variance">Variance of the error of each, of classes with their mean taken out; same shape.</param>
    /// <returns>In the units of the scores: probabilities for several classes, log odds for two, values in the unit of the labels otherwise.</returns>
    /// <remarks>
    /// Of classes attribution tells variances of outputs less their mean, whose errors sum to 0. If the errors of the C outputs are alike and independent otherwise, the variance of a difference Σ gₖeₖ with Σ gₖ = 0 is Σ gₖ² vₖ · C/(C − 1). For a
    /// class, g is the gradient of its margin, and the probability is the margin's sigmoid, so that the ends stay between 0 and 1.
    /// </remarks>
    public static (Tensor Lower, Tensor Upper) Ninety(PredictionHead head, Tensor outputs, Tensor variance)
    {
        long classes = outputs.shape[1];
        double spread = classes / Math.Max(1, classes - 1.0);
        switch (head.Task)
        {
            case PredictionTask.MulticlassClassification:
                var p = outputs.softmax(1);
                var margin = p.log().sub(p.neg().log1p());
                // Margin of class c: gradient 1 at c and −p_k/(1 − p_c) at every other k.
                var others = p.pow(Held(2)).mul(variance).sum(1, keepdim: true).sub(p.pow(Held(2)).mul(variance)).clamp_min(Held(0)).div(p.neg().add(Held(1), Held(1)).pow(Held(2)).clamp_min(Held(1e-30)));
                var deviation = variance.add(others, Held(1)).mul(Held(spread)).sqrt().mul(Held(NinetyPercent));
                return (margin.sub(deviation).sigmoid(), margin.add(deviation, Held(1)).sigmoid());
            case PredictionTask.BinaryClassification:
                var odds = outputs.slice(1, 1, 2, 1).sub(outputs.slice(1, 0, 1, 1));
                var half = variance.sum(1, keepdim: true).mul(Held(spread)).sqrt().mul(Held(NinetyPercent));
                return (odds.sub(half), odds.add(half, Held(1)));
            default:
                var width = variance.sqrt().mul(Held(NinetyPercent));
                return (head.Scores(outputs.sub(width)), head.Scores(outputs.add(width, Held(1))));
        }
    }
}
