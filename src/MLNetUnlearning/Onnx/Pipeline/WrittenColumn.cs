using Microsoft.ML;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A column in a graph and the step that makes it.</summary>
/// <param name="Step">How messages call the step.</param>
/// <param name="StepName">Name of the step by its type.</param>
/// <param name="Stage">Number of steps up to and with this one.</param>
/// <param name="Column">The column in ML.NET.</param>
/// <param name="Value">The column in the graph.</param>
internal sealed record WrittenColumn(string Step, string StepName, int Stage, DataViewSchema.Column Column, OnnxColumn Value);
