// Loads a saved ML.NET model, scores a CSV file whose fields are the columns of the model's input schema in order, and writes a line per row with the
// scores and the predicted label, if there is one, then a line with the metrics, if ML.NET has any for the task.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

if (args is not [var modelFile, var dataFile, var outputFile])
{
    Console.Error.WriteLine("Usage: StockLoader model.zip data.csv out.csv");
    return 2;
}

var ml = new MLContext(seed: 1);
var model = ml.Model.Load(modelFile, out var inputSchema);
using var ownership = model as IDisposable;
var columns = new List<TextLoader.Column>();
int field = 0;
foreach (var column in inputSchema)
{
    int size = (column.Type as VectorDataViewType)?.Size ?? 1;
    var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
    var kind = item is TextDataViewType ? DataKind.String : Enum.Parse<DataKind>(item.RawType.Name);
    columns.Add(size == 1 ? new TextLoader.Column(column.Name, kind, field) : new TextLoader.Column(column.Name, kind, field, field + size - 1));
    field += size;
}

var data = ml.Data.LoadFromTextFile(dataFile, [.. columns], separatorChar: ',', hasHeader: true);
var scored = model.Transform(data);
using var output = new StreamWriter(outputFile);
var culture = CultureInfo.InvariantCulture;
string Text(float score) => score.ToString("R", culture);
void WriteMetrics(params double[] values) => output.WriteLine($"metrics,{string.Join(',', values.Select(value => value.ToString("R", culture)))}");
if (scored.Schema.GetColumnOrNull("Probability") is not null)
{
    foreach (var ((score, probability), label) in scored.GetColumn<float>("Score").Zip(scored.GetColumn<float>("Probability")).Zip(scored.GetColumn<bool>("PredictedLabel")))
    {
        output.WriteLine($"{Text(score)},{Text(probability)},{label}");
    }

    var metrics = ml.BinaryClassification.Evaluate(scored);
    WriteMetrics(metrics.Accuracy, metrics.AreaUnderRocCurve, metrics.LogLoss);
}
else if (scored.Schema["Score"].Type is NumberDataViewType)
{
    foreach (float score in scored.GetColumn<float>("Score"))
    {
        output.WriteLine(Text(score));
    }

    var metrics = ml.Regression.Evaluate(scored);
    WriteMetrics(metrics.RSquared, metrics.RootMeanSquaredError, metrics.MeanAbsoluteError);
}
else if (scored.Schema.GetColumnOrNull("PredictedLabel") is null)
{
    foreach (float[] scores in scored.GetColumn<float[]>("Score"))
    {
        output.WriteLine(string.Join(',', scores.Select(Text)));
    }
}
else
{
    var readable = ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel")
        .Append(ml.Transforms.Conversion.ConvertType("PredictedText", outputKind: DataKind.String))
        .Fit(scored).Transform(scored);
    foreach (var (scores, label) in readable.GetColumn<float[]>("Score").Zip(readable.GetColumn<string>("PredictedText")))
    {
        output.WriteLine($"{string.Join(',', scores.Select(Text))},{label}");
    }

    var metrics = ml.MulticlassClassification.Evaluate(scored);
    WriteMetrics(metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss);
}

return 0;
