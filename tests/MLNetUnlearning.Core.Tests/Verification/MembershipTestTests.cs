using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>The membership test on normal margins: models that saw a row have mean 2 there, others 0.</summary>
[TestClass]
public sealed class MembershipTestTests
{
    private const int Rows = 40;

    /// <summary>P(a &gt; b) of two normals a distance d apart is Φ(d/√2). Tolerance 0.1: one model, 40 rows.</summary>
    [TestMethod]
    [DataRow(0.0, 0.5, MembershipFinding.NothingFound)]
    [DataRow(2.0, 0.9214, MembershipFinding.Remembers)]
    [DataRow(-2.0, 0.0786, MembershipFinding.OverForgets)]
    public void Run_NormalMargins_FindsWhatIsThere(double mean, double auc, MembershipFinding finding)
    {
        var result = Run(Normal.Sample(Rows, mean, 9));

        Assert.AreEqual(finding, result.Finding);
        Assert.AreEqual(auc, result.Unlearned.Auc, 0.1);
        Assert.AreEqual((Rows, Rows, 60, 50), (result.Unlearned.Rows, result.RowsAsked, result.NullModels, result.PowerModels));
        Assert.AreEqual(1, result.Power);
    }

    /// <summary>The score of a model that never saw the rows is a coin and its true positives one in a hundred, however few the shadow models.</summary>
    [TestMethod]
    [DataRow(3)]
    [DataRow(50)]
    public void Run_ModelsThatNeverSawTheRows_ScoreTheNull(int shadows)
    {
        MembershipScore[] scores = [.. Enumerable.Range(0, 60).Select(i => Run(Normal.Sample(Rows, 0, 1000 + (ulong)i), shadows).Unlearned)];

        Assert.AreEqual(0.5, scores.Average(score => score.Auc), 0.03);
        Assert.AreEqual(0.5, scores.Average(score => score.TwoSidedAuc), 0.03);
        Assert.AreEqual(0.01, scores.Average(score => score.Remembered), 0.01);
        Assert.AreEqual(0.01, scores.Average(score => score.OverForgotten), 0.01);
    }

    /// <summary>False alarms are as rare as asked for: 5 % of 100 are 5; more than 12 would be wrong.</summary>
    [TestMethod]
    public void Run_ModelsThatNeverSawTheRows_RaiseFewAlarms() =>
        Assert.IsLessThanOrEqualTo(12, Enumerable.Range(0, 100).Count(i => Run(Normal.Sample(Rows, 0, 2000 + (ulong)i), 20).Finding != MembershipFinding.NothingFound));

    /// <summary>Half the rows remembered, half pushed as far the other way: on average a coin, but the rows stand out.</summary>
    [TestMethod]
    public void Run_BothDirectionsAtOnce_IsFoundByTheTwoSidedScore()
    {
        float[] mixed = [.. Enumerable.Range(0, Rows).Select(row => row % 2 == 0 ? 3f : -3f)];

        var result = Run(mixed);

        Assert.IsGreaterThan(0.9, result.Unlearned.TwoSidedAuc);
        Assert.AreNotEqual(MembershipFinding.NothingFound, result.Finding);
    }

    [TestMethod]
    public void Run_BrokenModel_IsFound() => Assert.AreEqual(MembershipFinding.OverForgets, Run([.. Enumerable.Repeat(float.NaN, Rows)]).Finding);

    /// <summary>Where models that saw the rows look like those that did not, the test says that it cannot tell.</summary>
    [TestMethod]
    public void Run_RowsThatNobodyRemembers_IsInconclusive()
    {
        var result = MembershipTest.Run(Normal.Sample(Rows, 0, 9), null, Normal.Samples(50, Rows, 0, 1), Normal.Samples(50, Rows, 0, 2), Normal.Samples(60, Rows, 0, 3));

        Assert.AreEqual(MembershipFinding.Inconclusive, result.Finding);
        Assert.IsLessThan(0.5, result.Power);
    }

    /// <summary>The score against a loop over rows and models, with one variance for all rows.</summary>
    [TestMethod]
    public void Score_FewShadows_EqualsANaiveLoop()
    {
        float[,] margins = Normal.Samples(6, 3, 0, 4);
        var saw = new bool[6, 3];
        for (int row = 0; row < 3; row++)
        {
            saw[0, row] = saw[1, row] = saw[2, row] = true;
            margins[0, row] += 2;
            margins[1, row] += 2;
            margins[2, row] += 2;
        }

        float[] model = Normal.Sample(3, 1, 8);
        double Mean(int row, params int[] of) => of.Average(k => (double)margins[k, row]);
        double Within(params int[] of) => Enumerable.Range(0, 3).Sum(row => of.Sum(k => Math.Pow(margins[k, row] - Mean(row, of), 2))) / (3.0 * 2);
        double inside = Within(0, 1, 2), outside = Within(3, 4, 5);
        var positives = new List<double>();
        var negatives = new List<double>();
        for (int row = 0; row < 3; row++)
        {
            for (int k = 3; k < 6; k++)
            {
                int[] others = [.. Enumerable.Range(3, 3).Where(other => other != k)];
                double Ratio(double at) => -Math.Pow(at - Mean(row, 0, 1, 2), 2) / (2 * inside) - 0.5 * Math.Log(inside) + Math.Pow(at - Mean(row, others), 2) / (2 * outside) + 0.5 * Math.Log(outside);
                positives.Add(Ratio(model[row]));
                negatives.Add(Ratio(margins[k, row]));
            }
        }

        double expected = positives.Average(p => negatives.Average(n => p > n ? 1.0 : p < n ? 0 : 0.5));

        var score = new ShadowModels(margins, saw, 32).Score(model, null, [0, 1, 2])!;

        Assert.AreEqual(expected, score.Auc, 1e-12);
    }

    [TestMethod]
    public void OnBank_RowsWithoutTwoStrangers_AreNotTested()
    {
        float[,] members = Normal.Samples(6, 4, 0, 5);
        var saw = new bool[6, 4];
        for (int member = 0; member < 6; member++)
        {
            for (int row = 0; row < 4; row++)
            {
                saw[member, row] = member < 3 || row == 3;
            }
        }

        var result = MembershipTest.OnBank(new float[4], null, members, saw, [0, 1, 2, 3]);

        Assert.AreEqual((3, 4), (result!.Unlearned.Rows, result.RowsAsked));
        Assert.IsNull(MembershipTest.OnBank(new float[4], null, members, saw, [3]), "Every member saw the row.");
    }

    [TestMethod]
    public void Run_TooFewModels_IsRefused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => MembershipTest.Run([0, 0], null, new float[2, 2], new float[5, 2], new float[5, 2])).Message, "[2, 2]");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MembershipOptions { FalseAlarms = 0 }.Validate());
    }

    private static MembershipResult Run(float[] model, int shadows = 50) =>
        MembershipTest.Run(model, null, Normal.Samples(50, Rows, 2, 1), Normal.Samples(shadows, Rows, 0, 2), Normal.Samples(60, Rows, 0, 3));
}
