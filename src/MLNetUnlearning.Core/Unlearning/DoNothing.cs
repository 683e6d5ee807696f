using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>The baseline every method must beat: the models stay as they are.</summary>
public sealed class DoNothing : IUnlearner
{
    /// <inheritdoc/>
    public string Name => "do-nothing";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.None;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        request.Resolve(context.Rows);
        return new UnlearningOutcome(context.Models.Clone(), TimeSpan.Zero, TimeSpan.Zero);
    }
}
