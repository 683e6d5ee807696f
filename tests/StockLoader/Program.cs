// Loads a saved ML.NET classifier, scores a CSV file whose fields are the columns of the model's input schema in order, and writes a line per row with the
// scores and the predicted label, then a line with the metrics.
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
var readable = ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel")
    .Append(ml.Transforms.Conversion.ConvertType("PredictedText", outputKind: DataKind.String))
    .Fit(scored).Transform(scored);
using var output = new StreamWriter(outputFile);
var culture = CultureInfo.InvariantCulture;
foreach (var (scores, label) in readable.GetColumn<float[]>("Score").Zip(readable.GetColumn<string>("PredictedText")))
{
    output.WriteLine($"{string.Join(',', scores.Select(score => score.ToString("R", culture)))},{label}");
}

var metrics = ml.MulticlassClassification.Evaluate(scored);
output.WriteLine(string.Create(culture, $"metrics,{metrics.MicroAccuracy:R},{metrics.MacroAccuracy:R},{metrics.LogLoss:R}"));
return 0;
