using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>One question to an attributor.</summary>
public sealed class AttributionRequest
{
    /// <summary>The rows that the attribution covers, the ones to forget among them.</summary>
    public required LabeledRows Rows { get; init; }

    /// <summary>Ids of the rows to forget.</summary>
    public required IReadOnlyList<long> ForgetRowIds { get; init; }

    /// <summary>Features [targets, features] of the examples whose logits are predicted.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>
    /// Row id of each target that is a training row, null for each that is none. Calibrated methods predict targets that leave otherwise than others; without ids they
    /// take all targets for rows that stay. Default null: no target is a training row.
    /// </summary>
    public IReadOnlyList<long?>? TargetRowIds { get; init; }

    /// <summary>The models to be unlearned, for methods that predict each one's own change; others ignore it.</summary>
    public ModelStack? Students { get; init; }
}
