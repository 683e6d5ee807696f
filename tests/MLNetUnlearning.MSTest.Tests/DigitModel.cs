using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>A small model of handwritten digits, trained once for all tests.</summary>
internal static class DigitModel
{
    /// <summary>All 1,797 rows.</summary>
    public static DigitRow[] Rows { get; } = Read();

    public static MLContext Ml { get; } = new(seed: 1);

    /// <summary>400 rows.</summary>
    public static IDataView Train { get; } = Ml.Data.LoadFromEnumerable(Rows[..400]);

    /// <summary>300 other rows.</summary>
    public static IDataView Test { get; } = Ml.Data.LoadFromEnumerable(Rows[400..700]);

    /// <summary>All but a few of the eights.</summary>
    public static long[] Forget { get; } = [.. Rows[..400].Where(row => row.Digit == "8").Take(25).Select(row => row.RowId)];

    public static TransformerChain<NeuralNetworkTransformer> Model { get; } = Fit();

    /// <summary>Writes the network of a model as an ONNX file whose input is the column Features.</summary>
    public static void Export(TransformerChain<NeuralNetworkTransformer> model, string path, OnnxExportOptions? options = null) =>
        OnnxNetworkExporter.ExportFile(model.LastTransformer.Model, path, options);

    private static TransformerChain<NeuralNetworkTransformer> Fit() =>
        Ml.Transforms.Conversion.MapValueToKey("Label", "Digit")
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
            {
                RowIdColumnName = "RowId",
                Network = NetworkSpec.Mlp(24),
                Seed = 5,
                Bank = new ModelBankOptions { Members = 0, FullMembers = 4 },
            }))
            .Fit(Train);

    private static DigitRow[] Read()
    {
        using var stream = typeof(DigitModel).Assembly.GetManifestResourceStream("digits.csv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
    }

    private static DigitRow Parse(string line)
    {
        string[] cells = line.TrimEnd().Split(',');
        return new DigitRow
        {
            RowId = long.Parse(cells[0], CultureInfo.InvariantCulture),
            Features = [.. cells[1..65].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture) / 16)],
            Digit = cells[65],
        };
    }
}
