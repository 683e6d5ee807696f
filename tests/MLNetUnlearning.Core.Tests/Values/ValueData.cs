using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

/// <summary>Made-up rows with values: a linear function of the features, a product of two of them, and noise.</summary>
internal static class ValueData
{
    public static LabeledRows Rows(int count, int features = 6, int outputs = 2, ulong seed = 3)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var x = randn([count, features], generator: generator);
        var weights = randn([features, outputs], generator: generator).mul(Held(0.4));
        var y = x.mm(weights).add(x.select(1, 0).mul(x.select(1, 1)).mul(Held(0.5)).unsqueeze(1), Held(1)).add(randn([count, outputs], generator: generator).mul(Held(0.1)), Held(1));
        return LabeledRows.CreateWithValues(
            x.data<float>().ToArray(), features, y.contiguous().data<float>().ToArray(), outputs, [.. Enumerable.Range(0, count).Select(i => (long)(5 * i) + 1)]);
    }
}
