namespace MLNetUnlearning.Networks;

/// <summary>What a tensor of a network is for; decides how it starts and whether training changes it by gradients.</summary>
public enum ParameterRole
{
    /// <summary>Weight of an affine or convolutional layer; starts uniform in ±1/sqrt(fan-in).</summary>
    Weight,

    /// <summary>Bias of an affine or convolutional layer; starts uniform in ±1/sqrt(fan-in).</summary>
    Bias,

    /// <summary>Scale of a normalisation layer; starts at 1.</summary>
    NormalizationScale,

    /// <summary>Shift of a normalisation layer; starts at 0.</summary>
    NormalizationShift,

    /// <summary>Running mean of a batch normalisation layer; a statistic, not a parameter; starts at 0.</summary>
    RunningMean,

    /// <summary>Running variance of a batch normalisation layer; a statistic, not a parameter; starts at 1.</summary>
    RunningVariance,
}
