namespace MLNetUnlearning.Onnx;

/// <summary>Whether the ONNX export can write a step of a model.</summary>
/// <param name="Position">Position of the step, chains taken apart, from 1.</param>
/// <param name="Name">Type of the step without the word Transformer, e.g. <c>OneHotEncoding</c>.</param>
/// <param name="CanExport">Whether it can be written. Without a schema this says that the kind of step is known; a column's type may still stand against it.</param>
/// <param name="IsNeeded">
/// Whether the exported graph holds the step: the scores depend on it, and it is not behind the network. Null if no schema was given to tell. A step that is not needed does not stop an export.
/// </param>
/// <param name="Reason">Why it cannot be written, or is left out; null otherwise.</param>
public sealed record OnnxStepSupport(int Position, string Name, bool CanExport, bool? IsNeeded, string? Reason);
