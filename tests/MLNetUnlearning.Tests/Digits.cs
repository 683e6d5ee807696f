using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests;

/// <summary>The embedded handwritten digits and small models on them.</summary>
internal static class Digits
{
    public const int TrainRows = 600, TestRows = 400;

    private static readonly DigitRow[] All = Read();

    public static DigitRow[] Train { get; } = All[..TrainRows];

    public static DigitRow[] Test { get; } = All[TrainRows..(TrainRows + TestRows)];

    public static IDataView TrainView(MLContext ml) => ml.Data.LoadFromEnumerable(Train);

    public static IDataView TestView(MLContext ml) => ml.Data.LoadFromEnumerable(Test);

    /// <summary>Settings of a model that trains in well under a second, bank included.</summary>
    public static NeuralNetworkOptions SmallOptions(string? rowId = "RowId") => new()
    {
        RowIdColumnName = rowId,
        Network = NetworkSpec.Mlp(32),
        Epochs = 6,
        BatchSize = 32,
        Seed = 5,
        Bank = new ModelBankOptions { Members = 3, FullMembers = 3 },
        Attribution = new GaussNewtonInfluenceOptions { ProjectionSize = 4 },
    };

    /// <summary>Gentle fine-tuning, which a small network follows.</summary>
    public static DatamodelMatchingOptions Matching() => new() { Epochs = 8, LearningRate = 1e-3 };

    /// <summary>Key mapping, scaling, network, key back to value: the usual shape of a pipeline.</summary>
    public static EstimatorChain<KeyToValueMappingTransformer> Pipeline(MLContext ml, NeuralNetworkOptions? options = null) =>
        ml.Transforms.Conversion.MapValueToKey("Label", "Digit", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options ?? SmallOptions()))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedDigit", "PredictedLabel"));

    private static DigitRow[] Read()
    {
        using var stream = typeof(Digits).Assembly.GetManifestResourceStream("digits.csv")!;
        using var reader = new StreamReader(stream);
        var rows = new List<DigitRow>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            rows.Add(new DigitRow
            {
                RowId = long.Parse(cells[0], CultureInfo.InvariantCulture),
                Pixels = [.. cells[1..65].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))],
                Digit = $"d{cells[65]}",
            });
        }

        return [.. rows];
    }
}
