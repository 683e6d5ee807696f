namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>Writes the columns that one kind of step makes.</summary>
internal interface IStepConverter
{
    /// <summary>Full name of the step's type: a converter can be there without the package that the step is from.</summary>
    string Step { get; }

    /// <summary>Whether it can write pictures that the step makes; where not, the graph begins with them. Not asked of other columns.</summary>
    /// <param name="made">A column of pictures.</param>
    bool CanAppend(MadeColumn made) => true;

    /// <summary>Appends one column.</summary>
    /// <param name="context">The graph, the column and what it is made of.</param>
    /// <returns>The column's value.</returns>
    /// <exception cref="UnsupportedOnnxExportException">The column has no ONNX form here.</exception>
    OnnxColumn Append(StepContext context);
}
