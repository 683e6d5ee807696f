using MLNetUnlearning.Attribution;
using static TorchSharp.torch;

namespace MLNetUnlearning.Storage;

/// <summary>Fitted attribution that can be stored: its settings and its tensors are all there is to it, besides the model bank and the row ids.</summary>
internal interface IStoredAttributor : IFittedAttributor
{
    /// <summary>Settings; their type names the method.</summary>
    IAttributorOptions Options { get; }

    /// <summary>Number of rows it covers.</summary>
    int RowCount { get; }

    /// <summary>Its tensors, in the order of the reader's shapes. They belong to this object or to the current dispose scope.</summary>
    IReadOnlyList<Tensor> State();
}
