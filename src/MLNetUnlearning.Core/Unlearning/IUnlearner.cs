using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>A method that makes trained models forget rows.</summary>
public interface IUnlearner
{
    /// <summary>Name for tables and records.</summary>
    string Name { get; }

    /// <summary>What the method needs.</summary>
    UnlearnerNeeds Needs { get; }

    /// <summary>Whether the outcome is <see cref="UnlearningOutcome.Predicted"/> alone and the weights stay as they were: a diagnostic, which gives no model to deploy. Default false.</summary>
    bool PredictsOnly => false;

    /// <summary>Unlearns each model of a stack; the models handed in stay as they are.</summary>
    /// <param name="request">Which rows to forget.</param>
    /// <param name="context">Models, rows and attribution.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="ArgumentException">The context lacks something the method needs.</exception>
    /// <exception cref="RowDataException">The request does not fit the rows.</exception>
    UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}
