namespace MLNetUnlearning.Networks;

/// <summary>Name, shape and role of one tensor of a network.</summary>
/// <param name="Name">Layer name, a dot, and <c>weight</c>, <c>bias</c>, <c>running_mean</c> or <c>running_var</c>.</param>
/// <param name="Shape">Shape in PyTorch's convention: affine weights are [out, in], convolution weights [out, in, height, width].</param>
/// <param name="Role">What the tensor is for.</param>
/// <param name="FanIn">Number of inputs that one output of the layer sums over; sets the scale of the initial draw.</param>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape, ParameterRole Role, long FanIn = 0)
{
    /// <summary>True if gradients train the tensor; false for the statistics of batch normalisation.</summary>
    public bool IsTrainable => Role is not (ParameterRole.RunningMean or ParameterRole.RunningVariance);

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}
