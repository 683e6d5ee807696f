using Microsoft.ML;
using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>Exports and saves a model, reads it back and compares.</summary>
internal static class ModelFiles
{
    public static FileChecks Check(MLContext ml, ITransformer model, IDataView train, IDataView test, string folder)
    {
        Directory.CreateDirectory(folder);
        string onnx = Path.Combine(folder, "model.onnx"), zip = Path.Combine(folder, "model.zip");
        var export = ml.Unlearning.ExportOnnx(model, test, onnx);

        ml.Model.Save(model, train.Schema, zip);
        var reloaded = ml.Model.Load(zip, out _);
        using var lifetime = reloaded as IDisposable;
        var before = model.Transform(test);
        var after = reloaded.Transform(test);
        double difference = Scores(before).Zip(Scores(after), (a, b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max()).Max();
        var metricsBefore = ml.MulticlassClassification.Evaluate(before);
        var metricsAfter = ml.MulticlassClassification.Evaluate(after);
        bool equal = metricsBefore.MicroAccuracy == metricsAfter.MicroAccuracy && Math.Abs(metricsBefore.LogLoss - metricsAfter.LogLoss) < 1e-5;
        return new FileChecks(onnx, export.MaxAbsDifference, export.LabelsDiffering, difference, equal);
    }

    private static IEnumerable<float[]> Scores(IDataView scored) =>
        scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray());
}
