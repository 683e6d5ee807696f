using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>An attributor that says what the test wants it to say.</summary>
internal sealed class FakeAttributor(Func<AttributionRequest, Tensor> predict) : IFittedAttributor
{
    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) => new(predict(request));

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds) => this;

    public void Dispose()
    {
    }
}
