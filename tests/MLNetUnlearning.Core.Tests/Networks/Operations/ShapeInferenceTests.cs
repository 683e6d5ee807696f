using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Networks.Operations;

/// <summary>Inferred shapes against the shapes that libtorch really gives.</summary>
[TestClass]
public sealed class ShapeInferenceTests
{
    [TestMethod]
    public void InferShape_ConvolutionsOfManySizes_AgreesWithLibtorch()
    {
        foreach (var (size, kernel, stride, padding) in
            from size in new[] { 1, 2, 3, 4, 5, 8, 11 }
            from kernel in new[] { 1, 2, 3, 5 }
            from stride in new[] { 1, 2, 3 }
            from padding in new[] { 0, 1, 2 }
            select (size, kernel, stride, padding))
        {
            var operation = new Conv2dOperation(2, 3, kernel, stride, padding);
            string what = $"{operation} on {size}x{size}";
            using var scope = NewDisposeScope();
            if (size + 2 * padding < kernel)
            {
                Assert.ThrowsExactly<ArgumentException>(() => operation.InferShape([[2, size, size]]), what);
                continue;
            }

            var output = nn.functional.conv2d(zeros(1, 2, size, size), zeros(3, 2, kernel, kernel), null, [stride, stride], [padding, padding]);
            CollectionAssert.AreEqual(output.shape[1..], operation.InferShape([[2, size, size]]).ToArray(), what);
        }
    }

    [TestMethod]
    [DataRow(4)]
    [DataRow(5)]
    public void InferShape_MaxPool_AgreesWithLibtorch(int size)
    {
        using var scope = NewDisposeScope();
        var output = nn.functional.max_pool2d(zeros(1, 2, size, size + 2), [2L, 2], [2L, 2]);

        CollectionAssert.AreEqual(output.shape[1..], new MaxPool2dOperation(2).InferShape([[2, size, size + 2]]).ToArray());
    }

    [TestMethod]
    public void InferShape_WrongInput_SaysWhatWasExpected()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new LinearOperation(4, 2).InferShape([[5]])).Message, "[4]");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new GlobalMaxPoolOperation().InferShape([[5]])).Message, "[5]");
        Assert.ThrowsExactly<ArgumentException>(() => new AddOperation().InferShape([[5], [6]]));
        Assert.ThrowsExactly<ArgumentException>(() => new BatchNorm2dOperation(3).InferShape([[2, 4, 4]]));
    }
}
