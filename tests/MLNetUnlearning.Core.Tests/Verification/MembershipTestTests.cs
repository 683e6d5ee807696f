using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>The membership test on normal margins: models that saw a row have mean 2 there, others 0.</summary>
[TestClass]
public sealed class MembershipTestTests
{
    private const int Rows = 40;

    /// <summary>
    /// P(a &gt; b) of two normals a distance d apart is Φ(d/√2). Tolerance 0.05: mean of 20 models, 40 rows each. One alarm in twenty is as it should be, so five may find something else.
    /// </summary>
    [TestMethod]
    [DataRow(0.0, 0.5, MembershipFinding.NothingFound)]
    [DataRow(2.0, 0.9214, MembershipFinding.Remembers)]
    [DataRow(-2.0, 0.0786, MembershipFinding.OverForgets)]
    public void Run_NormalMargins_FindsWhatIsThere(double mean, double auc, MembershipFinding finding)
    {
        MembershipResult[] results = [.. Enumerable.Range(0, 20).Select(i => Run(Normal.Sample(Rows, mean, 100 + (ulong)i)))];

        Assert.IsGreaterThanOrEqualTo(15, results.Count(result => result.Finding == finding));
        Assert.AreEqual(auc, results.Average(result => result.Unlearned.Auc), 0.05);
        Assert.IsTrue(results.All(result => (result.Unlearned.Rows, result.RowsAsked, result.NullModels, result.PowerModels, result.Power) == (Rows, Rows, 60, 15, 1)));
    }

    /// <summary>
    /// The scores of a model that never saw the rows are coins however few the shadow models, and its true positives one in a hundred where there are enough for a threshold:
    /// from 3 shadows of 40 rows it is the second of 120 values.
    /// </summary>
    [TestMethod]
    [DataRow(3, 0.04)]
    [DataRow(30, 0.01)]
    public void Score_ModelsThatNeverSawTheRows_IsTheNull(int strangers, double tolerance)
    {
        float[,] seen = Normal.Samples(30, Rows, 2, 1), unseen = Normal.Samples(strangers, Rows, 0, 2), margins = new float[30 + strangers, Rows];
        var saw = new bool[30 + strangers, Rows];
        for (int model = 0; model < 30 + strangers; model++)
        {
            for (int row = 0; row < Rows; row++)
            {
                saw[model, row] = model < 30;
                margins[model, row] = model < 30 ? seen[model, row] : unseen[model - 30, row];
            }
        }

        var shadows = new ShadowModels(margins, saw, 32);
        int[] all = [.. Enumerable.Range(0, Rows)];
        MembershipScore[] scores = [.. Enumerable.Range(0, 80).Select(i => shadows.Score(Normal.Sample(Rows, 0, 1000 + (ulong)i), null, all)!)];

        Assert.AreEqual(0.5, scores.Average(score => score.Auc), 0.06, "The shadows are one draw, and their means are off by 1/√(3 x 40).");
        Assert.AreEqual(0.5, scores.Average(score => score.TwoSidedAuc), 0.06);
        Assert.AreEqual(0.01, scores.Average(score => score.Remembered), tolerance);
        Assert.AreEqual(0.01, scores.Average(score => score.OverForgotten), tolerance);
    }

    /// <summary>False alarms are as rare as asked for: 5 % of 40 are 2; more than 7 would be wrong.</summary>
    [TestMethod]
    public void Run_ModelsThatNeverSawTheRows_RaiseFewAlarms() =>
        Assert.IsLessThanOrEqualTo(7, Enumerable.Range(0, 40).Count(i => Run(Normal.Sample(Rows, 0, 2000 + (ulong)i)).Finding != MembershipFinding.NothingFound));

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
        MembershipResult[] results =
        [
            .. Enumerable.Range(0, 20).Select(i => MembershipTest.Run(Normal.Sample(Rows, 0, 100 + (ulong)i), null, Normal.Samples(15, Rows, 0, 1), Normal.Samples(15, Rows, 0, 2), Normal.Samples(60, Rows, 0, 3))),
        ];

        Assert.IsTrue(results.All(result => result.Power < 0.5));
        Assert.IsGreaterThanOrEqualTo(15, results.Count(result => result.Finding == MembershipFinding.Inconclusive));
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
        double variance = (Within(0, 1, 2) + Within(3, 4, 5)) / 2;
        var positives = new List<double>();
        var negatives = new List<double>();
        for (int row = 0; row < 3; row++)
        {
            for (int k = 3; k < 6; k++)
            {
                int[] others = [.. Enumerable.Range(3, 3).Where(other => other != k)];
                double Ratio(double at) => (Math.Pow(at - Mean(row, others), 2) - Math.Pow(at - Mean(row, 0, 1, 2), 2)) / (2 * variance);
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

    private static MembershipResult Run(float[] model) =>
        MembershipTest.Run(model, null, Normal.Samples(15, Rows, 2, 1), Normal.Samples(15, Rows, 0, 2), Normal.Samples(60, Rows, 0, 3));
}
