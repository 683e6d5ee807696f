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
    public void InferShape_DilatedAndGroupedConvolutions_AgreesWithLibtorch()
    {
        foreach (var (size, dilation, groups, stride) in
            from size in new[] { 3, 5, 8 }
            from dilation in new[] { 1, 2, 3 }
            from groups in new[] { 1, 2, 4 }
            from stride in new[] { 1, 2 }
            select (size, dilation, groups, stride))
        {
            var operation = new Conv2dOperation(4, 8, 3, stride, Padding: 1, Dilation: dilation, Groups: groups);
            string what = $"{operation} on {size}x{size}";
            using var scope = NewDisposeScope();
            CollectionAssert.AreEqual(new[] { 8L, 4 / groups, 3, 3 }, operation.Parameters[0].Shape.ToArray(), what);
            if (size + 2 < 2 * dilation + 1)
            {
                Assert.ThrowsExactly<ArgumentException>(() => operation.InferShape([[4, size, size]]), what);
                continue;
            }

            var output = operation.Forward([zeros(1, 4, size, size)], [.. operation.Parameters.Select(parameter => zeros([.. parameter.Shape]))], default);
            CollectionAssert.AreEqual(output.shape[1..], operation.InferShape([[4, size, size]]).ToArray(), what);
        }
    }

    [TestMethod]
    public void InferShape_SettingsThatMakeNoConvolution_SaysWhich()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Conv2dOperation(4, 8, 3, Groups: 3).InferShape([[4, 9, 9]])).Message, "3 groups");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Conv2dOperation(4, 6, 3, Groups: 4).InferShape([[4, 9, 9]])).Message, "4 groups");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Conv2dOperation(4, 8, 3, Groups: 0).InferShape([[4, 9, 9]])).Message, "0 groups");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Conv2dOperation(4, 8, 3, Dilation: 0).InferShape([[4, 9, 9]])).Message, "dilation");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Conv2dOperation(4, 8, 3, Dilation: 5).InferShape([[4, 9, 9]])).Message, "dilation 5");
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
