using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Trainers;

/// <summary>Attribution is chosen by the type of its options, and refused before training where the bank or the network does not meet its needs.</summary>
[TestClass]
public sealed class AttributionChoiceTests
{
    private static readonly ModelBankOptions NoDeletions = new() { Members = 0, FullMembers = 3 }, Few = new() { Members = 3, FullMembers = 3 };
    private readonly MLContext ml = new(seed: 1);

    public static IEnumerable<object[]> Unmet =>
    [
        [new CalibrationOptions(), NoDeletions, "trained without some"],
        [new DeletionGaussianProcessOptions(), Few, "at least 2 members trained on all rows and 10"],
        [new DeletionGaussianProcessOptions { Mean = new() { Unrolled = new() } }, new ModelBankOptions { Members = 10, FullMembers = 2, Checkpoints = [1] }, "first checkpoint is after epoch"],
        [new RegressionDatamodelsOptions(), NoDeletions, "ModelBankOptions.Members above 0"],
        [new TrakOptions { CheckpointEpochs = [1] }, Few, "no checkpoint of epoch 1"],
        [new ExactKernelOptions { MaxRows = 599 }, Few, "MaxRows allows 599 rows"],
    ];

    [TestMethod]
    [DynamicData(nameof(Unmet))]
    public void Fit_NeedNotMet_FailsBeforeAnyTraining(IAttributorOptions attribution, ModelBankOptions bank, string reason)
    {
        var reports = new Reports();
        var options = Digits.SmallOptions();
        (options.Attribution, options.Bank, options.Progress) = (attribution, bank, reports);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml)));

        StringAssert.Contains(error.Message, reason);
        Assert.AreEqual(0, reports.Count);
    }

    [TestMethod]
    public void Fit_NetworkThatTheMethodCannotAttribute_FailsBeforeAnyTraining()
    {
        var reports = new Reports();
        var options = Digits.SmallOptions();
        (options.Attribution, options.Progress) = (new LeverageExactOptions(), reports);

        StringAssert.Contains(Assert.ThrowsExactly<UnsupportedLayerException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml))).Message, "linear networks");

        Assert.AreEqual(0, reports.Count);
    }

    [TestMethod]
    public void Fit_WeightDecayOfTheTrainer_ReachesEveryMethod()
    {
        IAttributorOptions[] all = [new GaussNewtonInfluenceOptions(), new ExactKernelOptions(), new LeverageExactOptions(), new CalibrationOptions(), new DeletionGaussianProcessOptions()];
        foreach (var attribution in all)
        {
            var options = new NeuralNetworkOptions { Network = NetworkSpec.Linear(), WeightDecay = 0.01, Attribution = attribution };
            double used = WeightDecay(options.Clone().Attribution);
            Assert.AreEqual(0.01, used, attribution.GetType().Name);
            Assert.AreEqual(5e-4, WeightDecay(attribution), "the caller's options stay as they are");
            options.WeightDecay = 0;
            Assert.AreEqual(5e-4, WeightDecay(options.Clone().Attribution), "without weight decay the method keeps its own ridge");
        }
    }

    private static double WeightDecay(IAttributorOptions options) => options switch
    {
        GaussNewtonInfluenceOptions own => own.WeightDecay,
        ExactKernelOptions own => own.WeightDecay,
        LeverageExactOptions own => own.WeightDecay,
        CalibrationOptions own => own.GaussNewton.WeightDecay,
        _ => ((DeletionGaussianProcessOptions)options).Mean.GaussNewton.WeightDecay,
    };

    private sealed class Reports : IProgress<WorkProgress>
    {
        private int count;

        public int Count => count;

        public void Report(WorkProgress value) => Interlocked.Increment(ref count);
    }
}
