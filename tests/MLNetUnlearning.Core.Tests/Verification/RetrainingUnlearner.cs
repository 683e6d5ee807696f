using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Trains new models without some rows: the perfect method if they are the right ones, a useless one if they are not.</summary>
internal sealed class RetrainingUnlearner(Trainer trainer, Func<UnlearningRequest, IReadOnlyList<long>> without) : IUnlearner
{
    public string Name => "retraining";

    public UnlearnerNeeds Needs => UnlearnerNeeds.RetainRows;

    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        MemberPlan[] members = [.. Enumerable.Range(0, context.Models.Count).Select(i => new MemberPlan(5000 + (ulong)i, without(request)))];
        return new UnlearningOutcome(trainer.Train(context.Rows, members, cancellationToken: cancellationToken).Final, TimeSpan.Zero, TimeSpan.Zero);
    }
}
