using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>All rows on which models are compared: the training rows, then those that no model is trained on.</summary>
internal sealed class RowPanel : IDisposable
{
    /// <summary>Logits that are held at once, over all models: 64 MB.</summary>
    private const long MaxLogits = 16_000_000;

    private readonly Tensor features, labels;
    private readonly long?[] rowIds;
    private readonly int training, classes;

    public RowPanel(LabeledRows train, LabeledRows test)
    {
        features = cat([train.Features, test.Features]).DetachFromDisposeScope();
        labels = cat([train.Labels, test.Labels]).DetachFromDisposeScope();
        rowIds = [.. train.RowIds.Select(id => (long?)id), .. Enumerable.Repeat((long?)null, test.Count)];
        (training, classes) = (train.Count, train.Classes);
    }

    /// <summary>What models output.</summary>
    /// <returns>Margins [models, rows], and the mean share of validation rows classified rightly.</returns>
    public (float[,] Margins, double Accuracy) Evaluate(ModelStack models) => Evaluate(models.Count, (first, last) => models.Logits(features.slice(0, first, last, 1)));

    /// <summary>What a method's models output, or its predictions if it makes none.</summary>
    public (float[,] Margins, double Accuracy) Evaluate(UnlearningOutcome outcome) =>
        Evaluate(outcome.Models.Count, (first, last) => outcome.Logits(features.slice(0, first, last, 1), rowIds[first..last]));

    /// <summary>Positions of the rows to forget, of the other training rows, and of the validation rows.</summary>
    public int[][] Sets(int[] forget) =>
        [forget, [.. Enumerable.Range(0, training).Except(forget)], [.. Enumerable.Range(training, rowIds.Length - training)]];

    /// <summary>Some columns of margins.</summary>
    public static float[,] Columns(float[,] margins, int[] columns)
    {
        var result = new float[margins.GetLength(0), columns.Length];
        for (int model = 0; model < margins.GetLength(0); model++)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                result[model, i] = margins[model, columns[i]];
            }
        }

        return result;
    }

    public void Dispose()
    {
        features.Dispose();
        labels.Dispose();
    }

    private (float[,] Margins, double Accuracy) Evaluate(int models, Func<int, int, Tensor> logitsOf)
    {
        using var noGrad = no_grad();
        int rows = rowIds.Length, block = (int)Math.Clamp(MaxLogits / ((long)models * classes), 1, rows);
        var margins = new float[models, rows];
        long right = 0;
        for (int first = 0; first < rows; first += block)
        {
            using var scope = NewDisposeScope();
            int last = Math.Min(first + block, rows), validation = Math.Max(first, training);
            using var logits = logitsOf(first, last);
            var truth = labels.slice(0, first, last, 1);
            float[,] part = Margins.Of(logits, truth);
            for (int model = 0; model < models; model++)
            {
                for (int row = first; row < last; row++)
                {
                    margins[model, row] = part[model, row - first];
                }
            }

            if (validation < last)
            {
                right += logits.argmax(2).eq(truth).slice(1, validation - first, last - first, 1).sum().item<long>();
            }
        }

        return (margins, right / ((double)models * (rows - training)));
    }
}
