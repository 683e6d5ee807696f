namespace MLNetUnlearning.Training;

/// <summary>How far a long piece of work has come.</summary>
/// <param name="Stage">What is being done, e.g. <c>training the bank</c>.</param>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Loss">Mean loss over the last unit, where the work is an optimisation.</param>
public readonly record struct WorkProgress(string Stage, long Done, long Total, double? Loss = null);
