using MLNetUnlearning.Networks.Operations;

namespace MLNetUnlearning.Networks;

/// <summary>
/// The ResNet-9 of the unlearning benchmarks on CIFAR-10 (KakaoBrain torchskeleton): eight convolutions without bias, each with batch normalisation
/// and ReLU, two residual blocks, global max pooling, and an affine layer without bias whose output is multiplied by 0.2.
/// </summary>
internal static class ResNet9Layout
{
    public static void Build(GraphBuilder builder, ImageShape image, int planes, int outputSize)
    {
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = Conv(builder, "stem", x, planes, kernel: 3, stride: 1, padding: 1);
        x = Conv(builder, "down1", x, 2 * planes, kernel: 5, stride: 2, padding: 2);
        x = Residual(builder, "res1", x, 2 * planes);
        x = Conv(builder, "wide", x, 4 * planes, kernel: 3, stride: 1, padding: 1);
        x = builder.Add("pool", new MaxPool2dOperation(2), x);
        x = Residual(builder, "res2", x, 4 * planes);
        x = Conv(builder, "neck", x, 2 * planes, kernel: 3, stride: 1, padding: 0);
        x = builder.Add("maximum", new GlobalMaxPoolOperation(), x);
        x = builder.Add("affine", new LinearOperation(2 * planes, outputSize, HasBias: false), x);
        builder.Add("logits", new ScaleOperation(0.2f), x);
    }

    private static int Residual(GraphBuilder builder, string name, int x, int planes)
    {
        int y = Conv(builder, $"{name}a", x, planes, kernel: 3, stride: 1, padding: 1);
        y = Conv(builder, $"{name}b", y, planes, kernel: 3, stride: 1, padding: 1);
        return builder.Add($"{name}sum", new AddOperation(), x, y);
    }

    private static int Conv(GraphBuilder builder, string name, int x, int planes, int kernel, int stride, int padding)
    {
        x = builder.Add($"{name}.conv", new Conv2dOperation(builder.ShapeOf(x)[0], planes, kernel, stride, padding, HasBias: false), x);
        x = builder.Add($"{name}.norm", new BatchNorm2dOperation(planes), x);
        return builder.Add($"{name}.relu", new ReluOperation(), x);
    }
}
