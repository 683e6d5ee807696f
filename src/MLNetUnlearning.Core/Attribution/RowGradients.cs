using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>What some rows add to the Gauss-Newton system, by the directions that count.</summary>
/// <param name="Rows">The row of each entry of <paramref name="Root"/>, [entries] int64, ascending.</param>
/// <param name="Root">A square root of the rows' Gauss-Newton matrix, [entries, size].</param>
/// <param name="Loss">Each row's gradient of the loss, [rows, size]; null if none was asked for.</param>
internal sealed record RowGradients(Tensor Rows, Tensor Root, Tensor? Loss);
