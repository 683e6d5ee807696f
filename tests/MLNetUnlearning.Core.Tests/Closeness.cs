using TorchSharp;

namespace MLNetUnlearning.Core.Tests;

/// <summary>Comparison of tensors with a stated tolerance.</summary>
internal static class Closeness
{
    /// <summary>Fails unless the shapes agree and no element differs by more than <paramref name="tolerance"/>.</summary>
    public static void Check(torch.Tensor expected, torch.Tensor actual, double tolerance, string what)
    {
        using var scope = torch.NewDisposeScope();
        CollectionAssert.AreEqual(expected.shape, actual.shape, what);
        double difference = expected.detach().sub(actual.detach()).abs().max().item<float>();
        Assert.IsLessThanOrEqualTo(tolerance, difference, $"{what}: largest difference {difference:g3}");
    }
}
