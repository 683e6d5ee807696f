namespace MLNetUnlearning.Onnx;

/// <summary>What a checked ONNX export wrote, and how it compared with the ML.NET model.</summary>
/// <param name="File">Full path of the file; empty if it was written to a stream.</param>
/// <param name="Bytes">Size of the file in bytes.</param>
/// <param name="RowsChecked">Number of rows that were scored both ways, from 1 to <see cref="OnnxExportOptions.MaximumCheckedRows"/>.</param>
/// <param name="MaxAbsDifference">
/// Largest difference of a score between ONNX Runtime and the ML.NET model, at most 1e-5; of probabilities as it is, of log odds and values relative to their size where that is above 1 or the standard
/// deviation of the label.
/// </param>
/// <param name="LabelsDiffering">Number of rows with another predicted label; 0 in every file that was written, and for regression.</param>
public sealed record OnnxExportReport(string File, long Bytes, int RowsChecked, double MaxAbsDifference, int LabelsDiffering);
