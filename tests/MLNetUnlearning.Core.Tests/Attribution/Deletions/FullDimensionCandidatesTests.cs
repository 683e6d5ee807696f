using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

/// <summary>Candidates in all parameters are what the full-dimension solver predicts, for a request and for the bank's own deletions.</summary>
[TestClass]
public sealed class FullDimensionCandidatesTests
{
    private static readonly double[] Dampings = [5, 20];

    /// <summary>One system solved twice by the same routine: 1e-6 of the largest entry allows for sums in another order.</summary>
    [TestMethod]
    public void Predict_RequestAndDeletions_EqualTheFullDimensionSolver()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(120);
        using var bank = Bank(rows);
        var options = new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 2, OutlierRatio = 1e6, CurvatureRows = 60 };
        var record = DeletionRecord.Of(bank, rows.RowIds);
        double[] ridges = [.. Dampings.Select(damping => damping * options.WeightDecay * rows.Count)];
        long[] forget = [.. record.Rows[1].Select(row => rows.RowIds[row])];
        using var candidates = FullDimensionCandidates.Fit(GaussNewtonEnsemble.Create(bank, options), rows, record, ridges, null, CancellationToken.None);

        var steps = candidates.Solve(rows, rows.IndexesOf(forget), null, CancellationToken.None);
        var predictions = candidates.Predict(steps, rows.Features, withDeletions: true, null, CancellationToken.None);

        Assert.HasCount(Dampings.Length, predictions);
        for (int i = 0; i < Dampings.Length; i++)
        {
            options.Damping = Dampings[i];
            using var solver = new GaussNewtonInfluence(options).Fit(bank, rows);
            using var expected = solver.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forget, Targets = rows.Features });
            AssertClose(expected.Values, predictions[i][record.Count]);
            AssertClose(expected.Values, predictions[i][1]);
            Assert.IsGreaterThan(1e-3, Distance(expected.Values, predictions[i][0]), "another deletion is another prediction");
        }

        foreach (var step in steps)
        {
            step.Dispose();
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.IsLessThan(1e-6, Distance(expected, actual));

    private static double Distance(Tensor expected, Tensor actual) => expected.sub(actual).abs().max().div(expected.abs().max()).item<float>();

    private static ModelBank Bank(LabeledRows rows)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(6).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 2 });
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 3, FullMembers = 2, Checkpoints = [1] }, 2, seed: 4);
    }
}
