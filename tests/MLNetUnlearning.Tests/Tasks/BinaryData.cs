using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>Made-up rows with a Boolean label: inside or outside of a circle in the first two features, which no linear model can tell. A corner of the training rows has the wrong label.</summary>
internal static class BinaryData
{
    public const int FeatureCount = 6;

    public static BinaryRow[] Train { get; } = Make(500, seed: 1, flip: true);

    public static BinaryRow[] Test { get; } = Make(300, seed: 2, flip: false);

    /// <summary>Rows with a wrong label, all in one corner: forgetting them changes what the model says there.</summary>
    public static long[] Mislabelled { get; } = [.. Train.Where(row => InCorner(row.Inputs)).Select(row => row.RowId)];

    public static NeuralNetworkBinaryOptions SmallOptions(string? rowId = "RowId") => new()
    {
        RowIdColumnName = rowId,
        Network = NetworkSpec.Mlp(32, 16),
        Epochs = 30,
        BatchSize = 32,
        LearningRate = 0.1,
        Seed = 5,
        Bank = new ModelBankOptions { Members = 4, FullMembers = 4 },
        Attribution = new GaussNewtonInfluenceOptions { ProjectionSize = 16 },
    };

    public static EstimatorChain<NeuralNetworkTransformer> Pipeline(MLContext ml, NeuralNetworkBinaryOptions? options = null) =>
        ml.Transforms.NormalizeMeanVariance("Features", "Inputs").Append(ml.BinaryClassification.Trainers.NeuralNetwork(options ?? SmallOptions()));

    public static IDataView TrainView(MLContext ml) => ml.Data.LoadFromEnumerable(Train);

    public static IDataView TestView(MLContext ml) => ml.Data.LoadFromEnumerable(Test);

    public static ScoredBinaryRow[] Score(MLContext ml, ITransformer model, IDataView rows) => [.. ml.Data.CreateEnumerable<ScoredBinaryRow>(model.Transform(rows), reuseRowObject: false)];

    private static BinaryRow[] Make(int count, int seed, bool flip)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] inputs = [.. Enumerable.Range(0, FeatureCount).Select(_ => (float)((random.NextDouble() * 2) - 1))];
            bool inside = (inputs[0] * inputs[0]) + (inputs[1] * inputs[1]) < 0.6;
            return new BinaryRow { RowId = (10_000 * seed) + (7 * i), Inputs = inputs, Label = inside ^ (flip && InCorner(inputs)) };
        })];
    }

    private static bool InCorner(float[] inputs) => inputs[0] > 0.6 && inputs[1] > 0.3;
}
