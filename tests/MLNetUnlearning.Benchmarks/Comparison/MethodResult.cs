using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>What a method did to the students of a request.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Setting">Its setting.</param>
/// <param name="Klom">KLoM against the oracles.</param>
/// <param name="ULira">Accuracy of the attack on the forget rows.</param>
/// <param name="Accuracy">Mean share of validation rows classified rightly.</param>
/// <param name="Cost">What unlearning one model on its own takes, from request to result.</param>
/// <param name="Retraining">What retraining it takes, measured in the same run.</param>
internal sealed record MethodResult(string Method, string Setting, KlomBySet Klom, ULiraResult ULira, double Accuracy, RequestCost Cost, RequestCost Retraining)
{
    /// <summary>Processor time as a share of that of retraining.</summary>
    public double CostShare => Cost.ProcessorSeconds / Retraining.ProcessorSeconds;
}
