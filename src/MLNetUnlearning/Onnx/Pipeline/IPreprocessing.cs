namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes what comes before the network into a graph.</summary>
internal interface IPreprocessing
{
    /// <summary>The columns that became inputs of the graph, in their order.</summary>
    IReadOnlyList<GraphInput> Inputs { get; }

    /// <summary>The columns that can be compared with ML.NET's, each after those that it is made of.</summary>
    IReadOnlyList<WrittenColumn> Written { get; }

    /// <summary>Writes a column as it is behind the last step, with all that it is made of.</summary>
    /// <exception cref="UnsupportedOnnxExportException">It has no ONNX form.</exception>
    OnnxColumn Resolve(string name);
}
