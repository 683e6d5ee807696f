using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>What models output on a set of rows, reduced to what comparisons need.</summary>
/// <param name="Margins">[models, rows].</param>
/// <param name="MeanProbabilities">Class probabilities averaged over models, [rows, classes].</param>
/// <param name="Accuracy">Mean share of rows classified rightly.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Confidence">Mean probability of the predicted class.</param>
internal sealed record OutputSample(float[,] Margins, double[,] MeanProbabilities, double Accuracy, double Loss, double Confidence)
{
    /// <summary>Logits that are held at once, over all models: 64 MB.</summary>
    private const long MaxLogits = 16_000_000;

    /// <summary>Evaluates models.</summary>
    /// <param name="models">The models.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static OutputSample Of(ModelStack models, LabeledRows rows, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var margins = new float[models.Count, rows.Count];
        var probabilities = new double[rows.Count, rows.Classes];
        double right = 0, loss = 0, confidence = 0;
        int block = (int)Math.Clamp(MaxLogits / ((long)models.Count * rows.Classes), 1, rows.Count);
        for (int first = 0; first < rows.Count; first += block)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(block, rows.Count - first);
            var labels = rows.Labels.slice(0, first, first + count, 1);
            using var logits = models.Logits(rows.Features.slice(0, first, first + count, 1), cancellationToken: cancellationToken);
            float[,] part = Verification.Margins.Of(logits, labels);
            for (int model = 0; model < models.Count; model++)
            {
                for (int row = 0; row < count; row++)
                {
                    margins[model, first + row] = part[model, row];
                }
            }

            var logs = logits.log_softmax(2);
            var shares = logs.exp();
            right += logits.argmax(-1).eq(labels).sum().item<long>();
            loss -= logs.gather(2, labels.view(1, -1, 1).expand(models.Count, -1, -1)).sum(ScalarType.Float64).item<double>();
            confidence += shares.amax([2]).sum(ScalarType.Float64).item<double>();
            double[] mean = [.. shares.mean([0], type: ScalarType.Float64).contiguous().data<double>()];
            Buffer.BlockCopy(mean, 0, probabilities, first * rows.Classes * sizeof(double), mean.Length * sizeof(double));
        }

        double evaluations = (double)models.Count * rows.Count;
        return new OutputSample(margins, probabilities, right / evaluations, loss / evaluations, confidence / evaluations);
    }
}
