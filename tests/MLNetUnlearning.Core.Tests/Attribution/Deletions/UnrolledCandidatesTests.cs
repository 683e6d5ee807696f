using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

/// <summary>The unrolled candidate is what unrolled influence predicts, for a request and for the bank's own deletions.</summary>
[TestClass]
public sealed class UnrolledCandidatesTests
{
    private static readonly TrainerOptions Training = new() { Epochs = 4 };

    /// <summary>The same steps by the same routine; 1e-5 of the largest entry allows for forward passes in other batches.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Predict_RequestAndDeletions_EqualUnrolledInfluence(int workers)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(300);
        using var bank = Bank(rows);
        var options = new UnrolledInfluenceOptions { Training = Training, MaxMembers = 2, CalibrationDeletions = 0, CurvatureRows = 60, MaxWorkers = workers };
        var record = DeletionRecord.Of(bank, rows.RowIds);
        long[] forget = [.. rows.RowIds.Skip(7).Take(12)];
        using var candidates = UnrolledCandidates.Fit(options, bank, rows, record, null, CancellationToken.None);
        using var unrolled = options.CreateAttributor().Fit(bank, rows);
        Tensor Expected(IReadOnlyList<long> without)
        {
            using var change = unrolled.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = without, Targets = rows.Features });
            return change.Values.clone();
        }

        var steps = candidates.Solve(rows, rows.IndexesOf(forget), null, CancellationToken.None);
        var all = candidates.Predict(steps, rows.Features, withDeletions: true, null, CancellationToken.None).Single();
        var alone = candidates.Predict(steps, rows.Features, withDeletions: false, null, CancellationToken.None).Single();

        CollectionAssert.AreEqual(new long[] { record.Count + 1, rows.Count, rows.Classes }, all.shape);
        var expected = Expected(forget);
        Assert.IsLessThan(1e-5, Distance(expected, all[record.Count]));
        Assert.IsLessThan(1e-5, Distance(expected, alone.squeeze(0)));
        for (int i = 0; i < record.Count; i++)
        {
            Assert.IsLessThan(1e-5, Distance(Expected([.. record.Rows[i].Select(row => rows.RowIds[row])]), all[i]));
        }

        Assert.IsGreaterThan(1e-2, Distance(expected, all[0]), "another deletion is another prediction");
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }

    [TestMethod]
    public void FitAndPredict_LeaveNoTensors()
    {
        using var rows = Digits.Train(100);
        using var bank = Bank(rows);
        var options = new UnrolledInfluenceOptions { Training = Training, MaxMembers = 2, CurvatureRows = 40 };
        var record = DeletionRecord.Of(bank, rows.RowIds);
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        long left = LiveTensors.LeftBy(
            () =>
            {
                using var scope = NewDisposeScope();
                using var candidates = UnrolledCandidates.Fit(options, bank, rows, record, null, CancellationToken.None);
                candidates.Predict(null, rows.Features, withDeletions: true, null, CancellationToken.None);
                Assert.ThrowsExactly<OperationCanceledException>(() => UnrolledCandidates.Fit(options, bank, rows, record, null, stop.Token));
            },
            2);

        Assert.AreEqual(0, left);
    }

    private static double Distance(Tensor expected, Tensor actual) => expected.sub(actual).abs().max().div(expected.abs().max()).item<float>();

    private static ModelBank Bank(LabeledRows rows)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(6).CreateGraph(rows.FeatureCount, rows.Classes), Training);
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 3, FullMembers = 2, Checkpoints = [0.25, 1] }, Training.Epochs, seed: 4);
    }
}
