using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>U-LiRA against the closed form for normal margins, a naive loop, and its null.</summary>
[TestClass]
public sealed class ULiraTests
{
    /// <summary>
    /// Two normals of one variance: the best attack is right with probability Φ(d/2). Tolerance 0.03: 200 x 40 points, and fits to 199 margins each. At d = 0 this is the null.
    /// </summary>
    [TestMethod]
    [DataRow(0.0, 0.5)]
    [DataRow(1.0, 0.6915)]
    [DataRow(-1.0, 0.6915, DisplayName = "over-forgetting is found as well as remembering")]
    [DataRow(3.0, 0.9332)]
    public void ForRequest_NormalMargins_IsRightAsOftenAsTheClosedFormSays(double shift, double expected)
    {
        var result = ULira.ForRequest(Normal.Samples(200, 40, shift, 1), Normal.Samples(200, 40, 0, 2));

        Assert.AreEqual(expected, result.Accuracy, 0.03);
        Assert.IsTrue(result.Interval.Contains(result.Accuracy));
        Assert.AreEqual((200, 40), (result.Targets, result.Rows));
    }

    /// <summary>Few models: the null stays at a coin, because no model is among its own shadows. Standard error over 2000 rows about 0.008.</summary>
    [TestMethod]
    public void ForRequest_FewModelsOfOneKind_IsACoin() =>
        Assert.AreEqual(0.5, ULira.ForRequest(Normal.Samples(8, 2000, 0, 3), Normal.Samples(8, 2000, 0, 4)).Accuracy, 0.025);

    [TestMethod]
    public void ForRequest_AnyMargins_EqualsANaiveLoop()
    {
        float[,] u = Normal.Samples(7, 5, 0.7, 5), o = Normal.Samples(7, 5, 0, 6);
        double right = 0;
        for (int j = 0; j < 7; j++)
        {
            for (int row = 0; row < 5; row++)
            {
                double Density(float[,] margins, double at)
                {
                    double sum = 0, squares = 0;
                    for (int k = 0; k < 7; k++)
                    {
                        sum += k == j ? 0 : margins[k, row];
                        squares += k == j ? 0 : (double)margins[k, row] * margins[k, row];
                    }

                    double mean = sum / 6, deviation = Math.Sqrt(squares / 6 - mean * mean);
                    return Math.Exp(-0.5 * Math.Pow((at - mean) / deviation, 2)) / deviation;
                }

                right += Density(u, u[j, row]) / (Density(u, u[j, row]) + Density(o, u[j, row])) > 0.5 ? 1 : 0;
                right += Density(u, o[j, row]) / (Density(u, o[j, row]) + Density(o, o[j, row])) > 0.5 ? 0 : 1;
            }
        }

        Assert.AreEqual(right / 70, ULira.ForRequest(u, o).Accuracy, 1e-12);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void ForRequest_BrokenModels_AreAlwaysFound(float margin)
    {
        var broken = new float[10, 4];
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref broken[0, 0], broken.Length).Fill(margin);

        Assert.AreEqual(1, ULira.ForRequest(broken, Normal.Samples(10, 4, 0, 1)).Accuracy);
    }

    /// <summary>Students that all sit on the oracles' mean have forgotten nothing of their origin: no retrained model is so exact.</summary>
    [TestMethod]
    public void ForRequest_CollapsedModels_AreFound() =>
        Assert.IsGreaterThan(0.9, ULira.ForRequest(new float[50, 10], Normal.Samples(50, 10, 0, 1)).Accuracy);

    [TestMethod]
    [DataRow(0.0, 0.5)]
    [DataRow(2.0, 0.8413)]
    public void ForPool_NormalMargins_IsRightAsOftenAsTheClosedFormSays(double shift, double expected)
    {
        var (margins, roles) = Pool(300, 60, (float)shift);

        var result = ULira.ForPool(margins, roles);

        Assert.AreEqual(expected, result.Accuracy, 0.04);
        Assert.AreEqual(50, result.Targets);
    }

    /// <summary>Models of one origin share a secret offset. As each other's shadows they would give the forgotten rows away.</summary>
    [TestMethod]
    public void ForPool_ModelsOfOneOrigin_AreNotEachOthersShadows()
    {
        var (margins, roles) = Pool(40, 20, 0);
        int[] origins = [.. Enumerable.Range(0, 40).Select(model => model / 20)];

        Assert.AreNotEqual(ULira.ForPool(margins, roles).Accuracy, ULira.ForPool(margins, roles, origins).Accuracy);
    }

    [TestMethod]
    public void ForPool_BrokenModels_AreAlwaysFound()
    {
        var (margins, roles) = Pool(30, 20, float.NaN);

        Assert.IsGreaterThan(0.95, ULira.ForPool(margins, roles).Accuracy);
    }

    [TestMethod]
    public void ForRequest_OtherSizes_AreRefused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ULira.ForRequest(new float[5, 2], new float[4, 2])).Message, "[5, 2] and [4, 2]");
        Assert.ThrowsExactly<ArgumentException>(() => ULira.ForRequest(new float[2, 2], new float[2, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => ULira.ForPool(new float[5, 2], new ULiraRole[5, 2]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ULiraOptions { Targets = 1 }.Validate());
    }

    /// <summary>Every third entry forgotten, every third never seen; forgotten ones are shifted.</summary>
    private static (float[,] Margins, ULiraRole[,] Roles) Pool(int models, int rows, float shift)
    {
        float[,] margins = Normal.Samples(models, rows, 0, 7);
        var roles = new ULiraRole[models, rows];
        for (int model = 0; model < models; model++)
        {
            for (int row = 0; row < rows; row++)
            {
                roles[model, row] = (ULiraRole)((model + row) % 3);
                margins[model, row] += roles[model, row] == ULiraRole.Forgotten ? shift : 0;
            }
        }

        return (margins, roles);
    }
}
