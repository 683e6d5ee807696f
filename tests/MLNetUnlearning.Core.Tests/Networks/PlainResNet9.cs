using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Networks;

/// <summary>ResNet-9 with TorchSharp's own modules, after the description of the reference network.</summary>
internal sealed class PlainResNet9 : nn.Module<Tensor, Tensor>
{
    private readonly Sequential before, block1, between, block2, after;
    private readonly Linear affine;

    public PlainResNet9(int channels, int planes, int classes) : base(nameof(PlainResNet9))
    {
        before = nn.Sequential(Conv(channels, planes, 3, 1, 1), Conv(planes, 2 * planes, 5, 2, 2));
        block1 = nn.Sequential(Conv(2 * planes, 2 * planes, 3, 1, 1), Conv(2 * planes, 2 * planes, 3, 1, 1));
        between = nn.Sequential(Conv(2 * planes, 4 * planes, 3, 1, 1), nn.MaxPool2d(2));
        block2 = nn.Sequential(Conv(4 * planes, 4 * planes, 3, 1, 1), Conv(4 * planes, 4 * planes, 3, 1, 1));
        after = nn.Sequential(Conv(4 * planes, 2 * planes, 3, 1, 0), nn.AdaptiveMaxPool2d([1, 1]), nn.Flatten());
        affine = nn.Linear(2 * planes, classes, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = before.call(input);
        x = x.add(block1.call(x), Held(1));
        x = between.call(x);
        x = x.add(block2.call(x), Held(1));
        return affine.call(after.call(x)) * Held(0.2);
    }

    private static Sequential Conv(int inputs, int outputs, int kernel, int stride, int padding) => nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: padding, bias: false), nn.BatchNorm2d(outputs), nn.ReLU());
}
