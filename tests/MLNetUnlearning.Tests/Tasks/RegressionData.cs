using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>
/// Made-up rows with prices in the hundred thousands, a function of five numbers with a product of two in it, and with three numbers of different units. A corner of the training rows has wrong labels.
/// </summary>
internal static class RegressionData
{
    public const int FeatureCount = 5;

    public static RegressionRow[] Train { get; } = Make(500, seed: 3, spoil: true);

    public static RegressionRow[] Test { get; } = Make(300, seed: 4, spoil: false);

    /// <summary>Rows with a wrong label, all in one corner: forgetting them changes what the model says there.</summary>
    public static long[] Spoiled { get; } = [.. Train.Where(row => InCorner(row.Inputs)).Select(row => row.RowId)];

    public static NeuralNetworkRegressionOptions SmallOptions(string? rowId = "RowId", string label = "Label") => new()
    {
        RowIdColumnName = rowId,
        LabelColumnName = label,
        Network = NetworkSpec.Mlp(32, 16),
        Epochs = 40,
        BatchSize = 32,
        Seed = 5,
        Bank = new ModelBankOptions { Members = 4, FullMembers = 4 },
        Attribution = new GaussNewtonInfluenceOptions { ProjectionSize = 16, Damping = 20 },
    };

    public static EstimatorChain<NeuralNetworkTransformer> Pipeline(MLContext ml, NeuralNetworkRegressionOptions? options = null) =>
        ml.Transforms.NormalizeMeanVariance("Features", "Inputs").Append(ml.Regression.Trainers.NeuralNetwork(options ?? SmallOptions()));

    public static IDataView TrainView(MLContext ml) => ml.Data.LoadFromEnumerable(Train);

    /// <summary>The training rows but for those with a wrong label.</summary>
    public static IDataView CleanView(MLContext ml) => ml.Data.LoadFromEnumerable(Train.Where(row => !Spoiled.Contains(row.RowId)));

    public static IDataView TestView(MLContext ml) => ml.Data.LoadFromEnumerable(Test);

    private static RegressionRow[] Make(int count, int seed, bool spoil)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] x = [.. Enumerable.Range(0, FeatureCount).Select(_ => (float)((random.NextDouble() * 2) - 1))];
            float signal = x[0] + (2 * x[1] * x[2]) - (0.5f * x[3]) + (0.1f * (float)(random.NextDouble() - 0.5));
            float wrong = spoil && InCorner(x) ? 1.5f : 0;
            return new RegressionRow { RowId = (10_000 * seed) + (7 * i), Inputs = x, Label = 200_000 + (50_000 * (signal + wrong)), Labels = [signal + wrong, 1000 * (x[4] - signal), 0.01f * (x[0] * x[1])] };
        })];
    }

    private static bool InCorner(float[] inputs) => inputs[0] > 0.5 && inputs[1] > 0.5;
}
