using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class LocalSlopeTests
{
    /// <summary>Central differences of size 1e-6 in float64, right to about 1e-9.</summary>
    [TestMethod]
    public void Of_Outputs_GradientIsThatOfFiniteDifferences()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        Tensor outputs = randn([4, 3], ScalarType.Float64, generator: generator), moved = randn([4, 3], ScalarType.Float64, generator: generator), distances = rand([4, 1], ScalarType.Float64, generator: generator);

        var gradient = LocalSlope.Of(outputs, moved, distances).Gradient;

        for (long row = 0; row < 4; row++)
        {
            for (long output = 0; output < 3; output++)
            {
                Tensor At(double by)
                {
                    var shifted = outputs.clone();
                    shifted[row, output].add_(Held(by), Held(1));
                    return LocalSlope.Of(shifted, moved, distances).Slopes.sum();
                }

                Assert.AreEqual(At(1e-6).sub(At(-1e-6)).item<double>() / 2e-6, gradient[row, output].item<double>(), 1e-8);
            }
        }
    }

    [TestMethod]
    public void Of_LinearMap_IsAtMostItsLargestSingularValueAndReachesIt()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        Tensor matrix = randn([5, 8], ScalarType.Float64, generator: generator), x = randn([200, 8], ScalarType.Float64, generator: generator);
        var (_, values, right) = linalg.svd(matrix, fullMatrices: false);
        double largest = values.max().item<double>();
        Tensor Slopes(Tensor steps) => LocalSlope.Of(x.mm(matrix.t()), x.add(steps, Held(1)).mm(matrix.t()), steps.pow(Held(2)).sum(1, keepdim: true).sqrt()).Slopes;

        double found = Slopes(randn([200, 8], ScalarType.Float64, generator: generator)).max().item<double>();
        double along = Slopes(right[0].expand(200, 8)).min().item<double>();

        Assert.IsLessThan(largest, found);
        Assert.AreEqual(largest, along, 1e-10);
    }

    [TestMethod]
    public void Of_NothingMoved_IsZero()
    {
        using var scope = NewDisposeScope();
        var outputs = ones(2, 3);

        var (slopes, gradient) = LocalSlope.Of(outputs, outputs, zeros(2, 1));

        Assert.AreEqual(0f, slopes.abs().max().item<float>());
        Assert.AreEqual(0f, gradient.abs().max().item<float>());
    }
}
