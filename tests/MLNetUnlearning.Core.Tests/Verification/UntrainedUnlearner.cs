using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Forgets everything: hands back networks that were never trained.</summary>
internal sealed class UntrainedUnlearner : IUnlearner
{
    public string Name => "untrained";

    public UnlearnerNeeds Needs => UnlearnerNeeds.None;

    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new(ModelStack.Initialize(context.Models.Graph, [.. Enumerable.Range(0, context.Models.Count).Select(i => (ulong)i)]), TimeSpan.Zero, TimeSpan.Zero);
}
