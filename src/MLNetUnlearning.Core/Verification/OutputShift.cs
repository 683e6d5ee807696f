namespace MLNetUnlearning.Verification;

/// <summary>How far a model's margins are from the mean of models trained on all rows, mean over rows of the absolute difference.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Unlearned">Of the unlearned model.</param>
/// <param name="Original">Of the model before.</param>
/// <param name="Null">Of the furthest of the bank's full members, each against the mean of the others.</param>
/// <param name="NullModels">Number of full members (N).</param>
public sealed record OutputShift(int Rows, double Unlearned, double Original, double Null, int NullModels);
