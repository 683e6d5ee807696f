using System.Security.Cryptography;
using MLNetUnlearning.Networks;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests;

/// <summary>Digests of weights: equal only if every bit is.</summary>
internal static class Bits
{
    public static string Of(ModelStack models, int model) => Of(models.Tensors.Select(tensor => tensor[model]));

    public static string Of(ModelStack models) => Of(models.Tensors);

    public static string Of(IEnumerable<torch.Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            hash.AppendData(tensor.detach().contiguous().bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
