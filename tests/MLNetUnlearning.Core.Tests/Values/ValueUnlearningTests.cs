using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

/// <summary>Values in place of classes, through training, attribution and unlearning.</summary>
[TestClass]
public sealed class ValueUnlearningTests
{
    private const double Decay = 1e-2;
    private static readonly int[] Forget = [0, 3, 17, 18, 40, 41];

    private static TrainerOptions Converging => new() { Epochs = 400, BatchSize = 120, LearningRate = 0.3, Schedule = LearningRateSchedule.Cosine, WeightDecay = Decay };

    /// <summary>Full batches to convergence reach the optimum of ridge regression, solved in float64.</summary>
    [TestMethod]
    public void Train_LinearToConvergence_ReachesRidgeRegression()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120);
        var optimum = new ConvexProblem(rows, TrainingLoss.SquaredError, Decay).Solve();
        using var trained = Train(rows, Converging, []);
        Assert.IsLessThan(1e-6, Error(optimum, Theta(trained.Final)));
    }

    /// <summary>The bar of exact deletion: relative error of the weights to retraining at most 1e-6, where doing nothing is four orders away.</summary>
    [TestMethod]
    public void ExactDeletion_TrainedToConvergence_EqualsRetraining()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120);
        long[] ids = [.. Forget.Select(row => rows.RowIds[row])];
        using var original = Train(rows, Converging, []);
        using var retrained = Train(rows, Converging, ids);
        using var left = rows.Without(Forget);
        var closed = new ConvexProblem(left, TrainingLoss.SquaredError, Decay).Solve();
        using var outcome = new ExactDeletionOptions().CreateUnlearner().Unlearn(new UnlearningRequest { ForgetRowIds = ids }, Context(rows, original.Final));
        Assert.IsLessThan(1e-6, Error(closed, Theta(outcome.Models)));
        Assert.IsLessThan(2e-6, Error(Theta(retrained.Final), Theta(outcome.Models)));
        Assert.IsGreaterThan(1e-3, Error(closed, Theta(original.Final)), "or there is nothing to forget");
    }

    /// <summary>The difference of two optima for every model of a stack: what each lacked to its optimum it keeps.</summary>
    [TestMethod]
    public void ExactDeletion_ModelsShortOfTheirOptimum_MoveByTheSameStep()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120, outputs: 1);
        var options = new TrainerOptions { Epochs = 3, BatchSize = 16, LearningRate = 0.05, WeightDecay = Decay };
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(6, 1), options);
        using var models = trainer.Train(rows, [MemberPlan.Full(1), MemberPlan.Full(2)]);
        using var left = rows.Without(Forget);
        var step = new ConvexProblem(left, TrainingLoss.SquaredError, Decay).Solve().sub(new ConvexProblem(rows, TrainingLoss.SquaredError, Decay).Solve());
        var context = new UnlearningContext { Models = models.Final, Rows = rows, Trainer = trainer };
        using var outcome = new ExactDeletion(new()).Unlearn(new UnlearningRequest { ForgetRowIds = [.. Forget.Select(row => rows.RowIds[row])] }, context);
        for (int model = 0; model < 2; model++)
        {
            Assert.IsLessThan(1e-5, Error(step, Theta(outcome.Models, model).sub(Theta(models.Final, model))));
        }
    }

    [TestMethod]
    public void ExactDeletion_OtherNetworksLabelsOrNoDecay_AreRefusedByName()
    {
        using var rows = ValueData.Rows(40);
        using var classes = Digits.Train(40);
        var request = new UnlearningRequest { ForgetRowIds = [1] };
        void Refused(NetworkSpec network, LabeledRows on, double decay, string word)
        {
            var trainer = new Trainer(network.CreateGraph(on.FeatureCount, on.OutputCount), new TrainerOptions { WeightDecay = decay });
            using var models = ModelStack.Initialize(trainer.Graph, [1]);
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new ExactDeletion(new()).Unlearn(request, new UnlearningContext { Models = models, Rows = on, Trainer = trainer })).Message, word);
        }

        Refused(NetworkSpec.Mlp(4), rows, Decay, "linear networks");
        Refused(NetworkSpec.Linear(), classes, Decay, "classes");
        Refused(NetworkSpec.Linear(), rows, 0, "weight decay");
    }

    /// <summary>With damping 1 the full-dimension step at the optimum is the exact one of ridge regression with the ridge kept; so are the leverage formula and the model's own step.</summary>
    [TestMethod]
    public void Attribution_RidgeRegressionOfValues_IsExactByEveryMethod()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120);
        var problem = new ConvexProblem(rows, TrainingLoss.SquaredError, Decay);
        Tensor optimum = problem.Solve(), truth = problem.Inputs.mm(problem.Solve(Forget).sub(optimum));
        using var bank = Banks.OfAffine(optimum);
        var request = new AttributionRequest { Rows = rows, ForgetRowIds = [.. Forget.Select(row => rows.RowIds[row])], Targets = rows.Features };
        void Check(IAttributorOptions options, double tolerance)
        {
            using var fitted = options.CreateAttributor().Fit(bank, rows);
            using var change = fitted.Predict(request);
            Assert.IsLessThan(tolerance, Error(truth, change.Values), options.GetType().Name);
        }

        Check(new LeverageExactOptions { WeightDecay = Decay, KeepRidge = true }, 1e-6);
        Check(new GaussNewtonInfluenceOptions { Loss = TrainingLoss.SquaredError, WeightDecay = Decay, Damping = 1, Solver = InfluenceSolver.FullDimension, Iterations = 100, Tolerance = 1e-7 }, 1e-3);
        Check(new GaussNewtonInfluenceOptions { Loss = TrainingLoss.SquaredError, WeightDecay = Decay, Damping = 1 }, 1e-3);
        Check(new ExactKernelOptions { Loss = TrainingLoss.SquaredError, WeightDecay = Decay, Damping = 1 }, 1e-5);

        var step = new GaussNewtonStepOptions { WeightDecay = Decay, Damping = 1, Iterations = 100, Tolerance = 1e-7 };
        using var outcome = new GaussNewtonStep(step).Unlearn(new UnlearningRequest { ForgetRowIds = request.ForgetRowIds }, new UnlearningContext { Models = bank.Models.Final, Rows = rows });
        Assert.IsLessThan(1e-3, Error(truth, problem.Inputs.mm(Theta(outcome.Models).sub(optimum))));
    }

    [TestMethod]
    public void Methods_OfClassesOrOfAnotherLoss_AreRefusedByName()
    {
        using var rows = ValueData.Rows(40);
        var trainer = new Trainer(NetworkSpec.Mlp(8).CreateGraph(6, 2), new TrainerOptions { Epochs = 1, LearningRate = 0.01 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 12, FullMembers = 2 }, 1, seed: 1);
        foreach (var options in new IAttributorOptions[] { new GaussNewtonInfluenceOptions(), new TrakOptions(), new ExactKernelOptions(), new CalibrationOptions(), new DeletionGaussianProcessOptions() })
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => options.CreateAttributor().Fit(bank, rows)).Message, "SquaredError");
        }

        IAttributor own = new ClassesOnly();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => own.Require(BankOutline.Of(bank, rows))).Message, "'own' needs classes");
        var context = new UnlearningContext { Models = bank.Models.Final, Rows = rows };
        var request = new UnlearningRequest { ForgetRowIds = [1, 6] };
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Scrub(new()).Unlearn(request, context)).Message, "'scrub' needs classes");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new GaussNewtonStep(new() { Loss = TrainingLoss.CrossEntropy }).Unlearn(request, context)).Message, "SquaredError");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ForgetSets.WholeClass(rows, 0)).Message, "needs classes");
    }

    /// <summary>Ascent raises the squared error of the forget rows, descent on the others lowers theirs: the baselines take the loss from the labels.</summary>
    [TestMethod]
    public void Unlearn_Baselines_MoveTheSquaredError()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(100);
        var trainer = new Trainer(NetworkSpec.Mlp(16).CreateGraph(6, 2), new TrainerOptions { Epochs = 10, LearningRate = 0.02 });
        using var models = trainer.Train(rows, [MemberPlan.Full(1)]);
        long[] ids = [.. Forget.Select(row => rows.RowIds[row])];
        using LabeledRows leaving = rows.Select(Forget), staying = rows.Without(Forget);
        var context = new UnlearningContext { Models = models.Final, Rows = rows, Trainer = trainer };
        double Loss(ModelStack of, LabeledRows on)
        {
            using var outputs = of.Logits(on.Features);
            return outputs[0].sub(on.Labels).pow(Held(2)).mean().item<float>();
        }

        using var ascent = new GradientAscent(new() { LearningRate = 1e-3, Epochs = 3 }).Unlearn(new UnlearningRequest { ForgetRowIds = ids }, context);
        using var descent = new GradientDescent(new() { LearningRate = 1e-2, Epochs = 5 }).Unlearn(new UnlearningRequest { ForgetRowIds = ids }, context);
        Assert.IsGreaterThan(Loss(models.Final, leaving), Loss(ascent.Models, leaving));
        Assert.IsLessThan(Loss(models.Final, staying), Loss(descent.Models, staying));
    }

    private static TrainedModels Train(LabeledRows rows, TrainerOptions options, IReadOnlyList<long> without) =>
        new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.OutputCount), options).Train(rows, [new MemberPlan(1, without)]);

    private static UnlearningContext Context(LabeledRows rows, ModelStack models) => new() { Models = models, Rows = rows, Trainer = new Trainer(models.Graph, Converging) };

    private static Tensor Theta(ModelStack models, int model = 0) => cat([models.Tensors[0][model].t(), models.Tensors[1][model].unsqueeze(0)]).to_type(ScalarType.Float64);

    private static double Error(Tensor expected, Tensor actual) => expected.sub(actual.to_type(ScalarType.Float64)).norm().item<double>() / expected.to_type(ScalarType.Float64).norm().item<double>();

    /// <summary>A caller's own method, which says that it is about margins.</summary>
    private sealed class ClassesOnly : IAttributor
    {
        public string Name => "own";

        public AttributorNeeds Needs => AttributorNeeds.Classes;

        public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
