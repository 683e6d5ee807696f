using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>What models output on a set of rows, reduced to what comparisons need.</summary>
/// <param name="Margins">[models, rows], or residuals of values, [models, rows x outputs].</param>
/// <param name="MeanProbabilities">Class probabilities averaged over models, [rows, classes]; no column for values.</param>
/// <param name="Accuracy">Mean share of rows classified rightly; for values the coefficient of determination R², mean over models and outputs.</param>
/// <param name="Loss">Mean training loss: cross-entropy in nats, or half the squared error summed over outputs.</param>
/// <param name="Confidence">Mean probability of the predicted class; NaN for values.</param>
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
        int width = rows.HasValues ? rows.OutputCount : 1;
        var margins = new float[models.Count, rows.Count * width];
        var probabilities = new double[rows.Count, rows.Classes];
        double right = 0, loss = 0, confidence = 0;
        int block = (int)Math.Clamp(MaxLogits / ((long)models.Count * rows.OutputCount), 1, rows.Count);
        for (int first = 0; first < rows.Count; first += block)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(block, rows.Count - first);
            var labels = rows.Labels.slice(0, first, first + count, 1);
            using var logits = models.Logits(rows.Features.slice(0, first, first + count, 1), cancellationToken: cancellationToken);
            float[,] part = Verification.Margins.Of(logits, labels);
            for (int model = 0; model < models.Count; model++)
            {
                for (int i = 0; i < count * width; i++)
                {
                    margins[model, (first * width) + i] = part[model, i];
                }
            }

            if (rows.HasValues)
            {
                loss += logits.sub(labels).pow(Held(2)).sum(ScalarType.Float64).item<double>() / 2;
                continue;
            }

            var logs = logits.log_softmax(2);
            var shares = logs.exp();
            right += logits.argmax(-1).eq(labels).sum().item<long>();
            loss -= logs.gather(2, labels.view(1, -1, 1).expand(models.Count, -1, -1)).sum(ScalarType.Float64).item<double>();
            confidence += shares.amax([2]).sum(ScalarType.Float64).item<double>();
            double[] mean = [.. shares.mean([0], type: ScalarType.Float64).ToHost<double>()];
            Buffer.BlockCopy(mean, 0, probabilities, first * rows.Classes * sizeof(double), mean.Length * sizeof(double));
        }

        double evaluations = (double)models.Count * rows.Count;
        return rows.HasValues
            ? new OutputSample(margins, probabilities, Determination(margins, rows), loss / evaluations, double.NaN)
            : new OutputSample(margins, probabilities, right / evaluations, loss / evaluations, confidence / evaluations);
    }

    /// <summary>1 - squared residuals / squared distances from the mean, mean over models and outputs; not a number if an output has only one value.</summary>
    private static double Determination(float[,] residuals, LabeledRows rows)
    {
        using var scope = NewDisposeScope();
        int models = residuals.GetLength(0), outputs = rows.OutputCount;
        var labels = rows.Labels.to_type(ScalarType.Float64);
        double[] spread = [.. labels.sub(labels.mean([0])).pow(Held(2)).sum([0]).ToHost<double>()];
        double sum = 0;
        for (int model = 0; model < models; model++)
        {
            for (int i = 0; i < residuals.GetLength(1); i++)
            {
                sum += (double)residuals[model, i] * residuals[model, i] / spread[i % outputs];
            }
        }

        return 1 - (sum / ((double)models * outputs));
    }
}
