using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Hands back one really retrained model for each it was given: right on average, and nothing like a fresh retraining.</summary>
internal sealed class CollapsedUnlearner(Trainer trainer) : IUnlearner
{
    public string Name => "collapsed";

    public UnlearnerNeeds Needs => UnlearnerNeeds.RetainRows;

    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var one = trainer.Train(context.Rows, [new MemberPlan(77, request.ForgetRowIds)], cancellationToken: cancellationToken);
        return new UnlearningOutcome(ModelStack.Concatenate([.. Enumerable.Repeat(one.Final, context.Models.Count)]), TimeSpan.Zero, TimeSpan.Zero);
    }
}
