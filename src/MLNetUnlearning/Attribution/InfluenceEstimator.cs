using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds to each scored row the training rows that most raised and most lowered the margin of its predicted class. Created by <c>ml.Unlearning.Attribute</c>.</summary>
public sealed class InfluenceEstimator : IEstimator<InfluenceTransformer>
{
    private readonly IHost host;
    private readonly NetworkLocation location;
    private readonly IDataView train;
    private readonly AttributionOptions options;

    internal InfluenceEstimator(IHostEnvironment env, ITransformer model, IDataView train, AttributionOptions options)
    {
        options.Validate();
        this.options = options.Clone();
        this.train = train;
        location = NetworkLocation.Find(model);
        ModelUnlearner.StateOf(location.Network);
        if (location.Network.Task is not (PredictionTask.MulticlassClassification or PredictionTask.BinaryClassification))
        {
            throw new NotSupportedException($"Influence is measured on the margin of the predicted class, and a model of task {location.Network.Task} predicts no class.");
        }

        host = env.Register(nameof(InfluenceEstimator));
    }

    /// <summary>Reads the training rows, and fits the attribution if it is not the model's own.</summary>
    /// <param name="input">Rows like those that will be scored; their columns are checked, their values are not read.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing, or the training data does not fit the model.</exception>
    /// <exception cref="NotSupportedException">The attribution does not score single rows.</exception>
    /// <exception cref="Training.RowDataException">A training row is bad or missing.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public InfluenceTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = host.Start("Attribution");
        var source = AttributedModel.Create(location, train, options.Attribution, typeof(InfluenceTransformer), new LoggedProgress(channel, null));
        try
        {
            if (source.Attributor is not IRowInfluence)
            {
                throw new NotSupportedException(
                    $"Attribution of type {source.Attributor.GetType().Name} does not score single rows. Set {nameof(AttributionOptions)}.{nameof(AttributionOptions.Attribution)} to a method that does, e.g. a new {nameof(GaussNewtonInfluenceOptions)}.");
            }

            var result = new InfluenceTransformer(source, options);
            result.GetOutputSchema(input.Schema);
            return result;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The columns of the model, and the two that are added.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return ModelExtension.Shape(location, train.Schema, InfluenceModel.Computed(options, Math.Min(options.TopK, location.Network.RowIds.Count)), inputSchema);
    }
}
