using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Normal samples of variance 1.</summary>
internal static class Normal
{
    public static float[] Sample(int count, double mean, ulong seed)
    {
        using var scope = NewDisposeScope();
        return randn([count], generator: new Generator(seed)).add(Held(mean), Held(1)).data<float>().ToArray();
    }

    /// <summary>[models, rows].</summary>
    public static float[,] Samples(int models, int rows, double mean, ulong seed)
    {
        float[] values = Sample(models * rows, mean, seed);
        var result = new float[models, rows];
        Buffer.BlockCopy(values, 0, result, 0, values.Length * sizeof(float));
        return result;
    }
}
