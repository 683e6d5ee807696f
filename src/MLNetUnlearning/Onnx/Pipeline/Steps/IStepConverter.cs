namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>Writes the columns that one kind of step makes.</summary>
internal interface IStepConverter
{
    /// <summary>Type of the step.</summary>
    Type Step { get; }

    /// <summary>Appends one column.</summary>
    /// <param name="context">The graph, the column and what it is made of.</param>
    /// <returns>The column's value.</returns>
    /// <exception cref="UnsupportedOnnxExportException">The column has no ONNX form here.</exception>
    OnnxColumn Append(StepContext context);
}
