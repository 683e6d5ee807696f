namespace MLNetUnlearning.Verification;

/// <summary>How far the deployed model's outputs are from those predicted for it, on a set of rows. Root mean squares over rows and outputs: logits centred over classes, or values.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="PredictedChange">Of the predicted change: what doing nothing would leave.</param>
/// <param name="Residual">Of what is left to the prediction.</param>
/// <param name="SeedSpread">Standard deviation over models that differ in their seeds alone: the natural unit.</param>
public sealed record TargetResidual(int Rows, double PredictedChange, double Residual, double SeedSpread);
