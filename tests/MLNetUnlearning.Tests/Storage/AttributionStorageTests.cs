using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Storage;

/// <summary>Models with every method of attribution: forgotten once, saved, loaded and made to forget again, they have the bits of those that never left memory.</summary>
[TestClass]
public sealed class AttributionStorageTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly long[] First = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];
    private static readonly long[] Second = [.. Digits.Train.Where(row => row.Digit == "d5").Take(4).Select(row => row.RowId)];
    private static readonly GaussNewtonInfluenceOptions Small = new() { ProjectionSize = 3, MaxMembers = 3 };

    public static IEnumerable<object[]> Methods =>
    [
        [new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 2, CurvatureRows = 100, Iterations = 3 }],
        [new UnrolledInfluenceOptions { MaxMembers = 2, CalibrationDeletions = 3, CurvatureRows = 100, Iterations = 3 }],
        [new CalibrationOptions { GaussNewton = Small, MaxRows = 200 }],
        [new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = Small, MaxRows = 200 } }],
        [new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = Small, MaxRows = 200, Unrolled = new() { MaxMembers = 2, CurvatureRows = 100, Iterations = 3 } } }],
        [new TrakOptions { ProjectionSize = 3, MaxMembers = 3 }],
        [GaussNewtonInfluenceOptions.OfSteps(new())],
        [new RegressionDatamodelsOptions()],
        [new ExactKernelOptions { MaxMembers = 1 }],
        [new LeverageExactOptions()],
    ];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void LoadThenUnlearn_AnyAttribution_GivesSameBitsAsTheModelInMemory(IAttributorOptions attribution)
    {
        var options = Digits.SmallOptions();
        options.Attribution = attribution;
        options.Network = attribution switch
        {
            LeverageExactOptions => NetworkSpec.Linear(),
            // Few parameters keep the exact solve quick.
            ExactKernelOptions => NetworkSpec.Mlp(3),
            _ => NetworkSpec.Mlp(16),
        };
        options.LearningRate = 0.05;
        options.Bank = new ModelBankOptions { Members = 12, FullMembers = 3 };
        using var folder = new TemporaryFolder();
        string path = folder.File("model.zip");
        using var model = Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
        using var once = model.Unlearn(Ml, Digits.TrainView(Ml), First, Digits.Matching(), seed: 3);

        Ml.Unlearning.Save(once, Digits.TrainView(Ml).Schema, path);
        var loaded = Ml.Unlearning.Load(path, out _);

        using var owner = (IDisposable)loaded;
        var used = ((IEnumerable<ITransformer>)loaded).OfType<NeuralNetworkTransformer>().Single().Options.Attribution;
        Assert.AreEqual(attribution.GetType(), used.GetType());
        using var twice = once.Unlearn(Ml, Digits.TrainView(Ml), Second, Digits.Matching(), seed: 4);
        var twiceLoaded = loaded.Unlearn(Ml, Digits.TrainView(Ml), Second, Digits.Matching(), seed: 4);
        using var twiceOwner = (IDisposable)twiceLoaded;
        Views.AreEqual(once.Scores(Digits.TestView(Ml)), loaded.Scores(Digits.TestView(Ml)));
        Views.AreEqual(twice.Scores(Digits.TestView(Ml)), twiceLoaded.Scores(Digits.TestView(Ml)));
    }
}
