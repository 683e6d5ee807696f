using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion for which nothing is solved in advance: every question goes to the attribution.</summary>
/// <param name="attributor">Answers.</param>
/// <param name="rows">The rows that it covers.</param>
/// <param name="forgetRowIds">Ids of the rows to forget.</param>
/// <param name="students">The models to be unlearned.</param>
internal sealed class AskedDeletion(IFittedAttributor attributor, LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students) : ISolvedDeletion
{
    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        attributor.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forgetRowIds, Targets = targets, TargetRowIds = targetRowIds, Students = students }, progress, cancellationToken);

    public void Dispose()
    {
    }
}
