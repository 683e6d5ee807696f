using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>The options' type chooses the method, and what a method lacks is an error before any work.</summary>
[TestClass]
public sealed class UnlearnerNeedsTests
{
    /// <summary>The settings of every method, as they come.</summary>
    public static IUnlearnerOptions[] Methods =>
    [
        new DoNothingOptions(),
        new DatamodelMatchingOptions(),
        new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized },
        new DatamodelDirectOptions(),
        new OracleMatchingOptions(),
        new RetrainOptions(),
        new GradientDescentOptions(),
        new GradientAscentOptions(),
        new AscentDescentOptions(),
        new ScrubOptions(),
        new GaussNewtonStepOptions(),
        new JustInTimeUnlearningOptions(),
    ];

    public static IEnumerable<object[]> Chosen =>
    [
        [new DoNothingOptions(), typeof(DoNothing), "do-nothing", UnlearnerNeeds.None],
        [new DatamodelMatchingOptions(), typeof(DatamodelMatching), "datamodel-matching", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Attribution],
        [new DatamodelMatchingOptions { Targets = MatchTargets.OwnEvaluated }, typeof(DatamodelMatching), "datamodel-matching", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows],
        [new DatamodelMatchingOptions { OwnStep = new() }, typeof(DatamodelMatching), "step-and-datamodel-matching", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Attribution],
        [new DatamodelDirectOptions(), typeof(DatamodelDirect), "datamodel-direct", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.Attribution],
        [new OracleMatchingOptions(), typeof(OracleMatching), "oracle-matching", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Oracles],
        [new RetrainOptions(), typeof(Retrain), "retraining", UnlearnerNeeds.RetainRows | UnlearnerNeeds.Trainer],
        [new RetrainOptions { Share = 0.2 }, typeof(Retrain), "partial-retraining", UnlearnerNeeds.RetainRows | UnlearnerNeeds.Trainer],
        [new GradientDescentOptions(), typeof(GradientDescent), "gradient-descent", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows],
        [new GradientAscentOptions(), typeof(GradientAscent), "gradient-ascent", UnlearnerNeeds.ForgetRows],
        [new AscentDescentOptions(), typeof(AscentDescent), "ascent-descent", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows],
        [new ScrubOptions(), typeof(Scrub), "scrub", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Classes],
        [new JustInTimeUnlearningOptions(), typeof(JustInTimeUnlearning), "just-in-time", UnlearnerNeeds.ForgetRows],
        [new GaussNewtonStepOptions(), typeof(GaussNewtonStep), "gauss-newton-step", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows],
        [new ExactDeletionOptions(), typeof(ExactDeletion), "exact-deletion", UnlearnerNeeds.ForgetRows | UnlearnerNeeds.RetainRows | UnlearnerNeeds.Trainer],
    ];

    public static IEnumerable<object[]> OutOfRange =>
    [
        ["Share", new RetrainOptions { Share = 0 }],
        ["BatchSize", new ExactDeletionOptions { BatchSize = 0 }],
        ["Share", new RetrainOptions { Share = 1.01 }],
        ["Multiplier", new DatamodelDirectOptions { Multiplier = double.NaN }],
        ["Multiplier", new DatamodelMatchingOptions { Multiplier = 0 }],
        ["Damping", new DatamodelMatchingOptions { OwnStep = new() { Damping = 0 } }],
        ["Targets", new DatamodelMatchingOptions { Targets = (MatchTargets)9 }],
        ["OraclesPerModel", new OracleMatchingOptions { OraclesPerModel = 0 }],
        ["RetainMultiplier", new OracleMatchingOptions { RetainMultiplier = -1 }],
        ["LearningRate", new GradientDescentOptions { LearningRate = 0 }],
        ["Epochs", new GradientAscentOptions { Epochs = 0 }],
        ["NoiseScale", new JustInTimeUnlearningOptions { NoiseScale = 0 }],
        ["LearningRate", new JustInTimeUnlearningOptions { LearningRate = double.NaN }],
        ["Perturbations", new JustInTimeUnlearningOptions { Perturbations = 0 }],
        ["Epochs", new JustInTimeUnlearningOptions { Epochs = 0 }],
        ["BatchSize", new JustInTimeUnlearningOptions { BatchSize = 0 }],
        ["MaxWorkers", new JustInTimeUnlearningOptions { MaxWorkers = 0 }],
        ["AscentEpochs", new AscentDescentOptions { AscentEpochs = 0 }],
        ["ForgetBatchSize", new AscentDescentOptions { ForgetBatchSize = 65 }],
        ["ForgetBatchSize", new ScrubOptions { ForgetBatchSize = 0 }],
        ["ForgetEpochs", new ScrubOptions { ForgetEpochs = 0 }],
        ["Temperature", new ScrubOptions { Temperature = 0 }],
        ["LabelWeight", new ScrubOptions { LabelWeight = -1 }],
        ["TeacherWeight", new ScrubOptions { TeacherWeight = double.NaN }],
        ["DecayEpochs", new ScrubOptions { DecayEpochs = [3, 0] }],
        ["Damping", new GaussNewtonStepOptions { Damping = double.NaN }],
        ["Multiplier", new GaussNewtonStepOptions { Multiplier = 0 }],
        ["Shrinkage", new GaussNewtonStepOptions { Shrinkage = -0.1 }],
        ["Stages", new GaussNewtonStepOptions { Stages = 0 }],
        ["Iterations", new GaussNewtonStepOptions { Iterations = 0 }],
        ["Targets", new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = new() { Stages = 2 } }],
        ["Tolerance", new GaussNewtonStepOptions { Tolerance = 1 }],
        ["CurvatureRows", new GaussNewtonStepOptions { CurvatureRows = 0 }],
        ["WeightDecay", new GaussNewtonStepOptions { WeightDecay = 0 }],
        ["Loss", new GaussNewtonStepOptions { Loss = (TrainingLoss)7 }],
    ];

    [TestMethod]
    [DynamicData(nameof(Chosen))]
    public void CreateUnlearner_OptionsType_ChoosesTheMethod(IUnlearnerOptions options, Type type, string name, UnlearnerNeeds needs)
    {
        var method = options.CreateUnlearner();

        Assert.IsInstanceOfType(method, type);
        Assert.AreEqual(name, method.Name);
        Assert.AreEqual(needs, method.Needs);
        Assert.AreEqual(method is DatamodelDirect, method.PredictsOnly);
    }

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void CreateUnlearner_SettingOutOfRange_NamesTheSetting(string setting, IUnlearnerOptions options) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.CreateUnlearner).Message, setting);

    [TestMethod]
    public void Unlearn_NeedMissing_SaysWhatAndWhereBeforeAnyWork()
    {
        using var rows = Digits.Train(40);
        using var models = ModelStack.Initialize(NetworkSpec.Linear().CreateGraph(64, 10), [1]);
        var context = new UnlearningContext { Models = models, Rows = rows };
        // Not a valid request: whoever looks at it before the needs fails otherwise.
        var request = new UnlearningRequest { ForgetRowIds = [] };
        foreach (var method in Methods.Select(options => options.CreateUnlearner()).Where(method => (method.Needs & (UnlearnerNeeds.Attribution | UnlearnerNeeds.Trainer | UnlearnerNeeds.Oracles)) != 0))
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => method.Unlearn(request, context));

            StringAssert.Contains(error.Message, $"'{method.Name}' needs");
            StringAssert.Contains(error.Message, "UnlearningContext.");
        }
    }
}
