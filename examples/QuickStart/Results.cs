using MLNetUnlearning.Verification;

namespace QuickStart;

/// <summary>Everything the run measured.</summary>
internal sealed record Results(DataSet Data, int Models, int BankMembers, double BankSeconds, double BatchedSpeedup, IReadOnlyList<RequestResult> Requests, FileChecks Files);

/// <summary>One deletion request.</summary>
internal sealed record RequestResult(string Name, VerificationReport Report);

/// <summary>Exported and saved models against the model in memory.</summary>
internal sealed record FileChecks(string Onnx, double OnnxMaxAbsDifference, int OnnxLabelsDiffering, double ReloadMaxAbsDifference, bool ReloadMetricsEqual);
