using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds to each scored row the training rows that most raised and most lowered the margin of its predicted class. Created by <c>ml.Unlearning.Attribute</c>.</summary>
public sealed class InfluenceEstimator : PreviewEstimator<InfluenceTransformer>
{
    private readonly AttributionOptions options;

    internal InfluenceEstimator(IHostEnvironment env, ITransformer model, IDataView train, AttributionOptions options) : base(env, "Attribution", model, train)
    {
        options.Validate();
        this.options = options.Clone();
        if (Location.Network.Task is not (PredictionTask.MulticlassClassification or PredictionTask.BinaryClassification))
        {
            throw new NotSupportedException($"Influence is measured on the margin of the predicted class, and a model of task {Location.Network.Task} predicts no class.");
        }
    }

    private protected override IAttributorOptions? Attribution => options.Attribution;

    private protected override IReadOnlyList<ComputedColumn> Computed => InfluenceModel.Computed(options, Math.Min(options.TopK, Location.Network.RowIds.Count));

    private protected override InfluenceTransformer Create(AttributedModel source, IChannel channel) => source.Attributor is IRowInfluence
        ? new InfluenceTransformer(source, options)
        : throw new NotSupportedException(
            $"Attribution of type {source.Attributor.GetType().Name} does not score single rows. Set {nameof(AttributionOptions)}.{nameof(AttributionOptions.Attribution)} to a method that does, e.g. a new {nameof(GaussNewtonInfluenceOptions)}.");
}
