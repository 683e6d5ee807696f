using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds to each scored row the training rows that most raised and most lowered the margin of its predicted class, or its value. Created by <c>ml.Unlearning.Attribute</c>.</summary>
public sealed class InfluenceEstimator : PreviewEstimator<InfluenceTransformer>
{
    private readonly AttributionOptions options;

    internal InfluenceEstimator(IHostEnvironment env, ITransformer model, IDataView train, AttributionOptions options) : base(env, "Attribution", model, train)
    {
        options.Validate();
        this.options = options.Clone();
        if (Location.Network.Task == PredictionTask.Regression && options.Output >= Location.Network.Head.OutputCount)
        {
            throw new ArgumentException($"Influence is asked for on output {options.Output}, but the model has {Location.Network.Head.OutputCount}, counted from 0. Set {nameof(AttributionOptions)}.{nameof(AttributionOptions.Output)}.", nameof(options));
        }
    }

    private protected override IAttributorOptions? Attribution => options.Attribution;

    private protected override IReadOnlyList<ComputedColumn> Computed => InfluenceModel.Computed(options, Math.Min(options.TopK, Location.Network.RowIds.Count));

    private protected override InfluenceTransformer Create(AttributedModel source, IChannel channel)
    {
        if (source.Attributor is not IRowInfluence influence)
        {
            throw new NotSupportedException(
                $"Attribution of type {source.Attributor.GetType().Name} does not score single rows. Set {nameof(AttributionOptions)}.{nameof(AttributionOptions.Attribution)} to a method that does, e.g. a new {nameof(GaussNewtonInfluenceOptions)}.");
        }

        IPreparedInfluence? prepared = null;
        source.Use(_ => prepared = influence.Prepare(source.Rows, options.MaxCacheBytes, new LoggedProgress(channel, null)));
        source.Own(prepared!);
        return new InfluenceTransformer(source, prepared!, options);
    }
}
