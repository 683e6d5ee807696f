using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds columns computed from a model's training rows to each row that the model scores.</summary>
/// <typeparam name="TTransformer">The fitted step.</typeparam>
public abstract class PreviewEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : PreviewTransformer
{
    private readonly IHost host;
    private readonly string stage;
    private readonly IDataView train;

    private protected PreviewEstimator(IHostEnvironment env, string stage, ITransformer model, IDataView train)
    {
        this.stage = stage;
        this.train = train;
        Location = NetworkLocation.Find(model);
        ModelUnlearner.StateOf(Location.Network);
        host = env.Register(GetType().Name);
    }

    /// <summary>The model.</summary>
    private protected NetworkLocation Location { get; }

    /// <summary>Settings of the attribution; null for the model's own.</summary>
    private protected abstract IAttributorOptions? Attribution { get; }

    /// <summary>The columns that are added.</summary>
    private protected abstract IReadOnlyList<ComputedColumn> Computed { get; }

    /// <summary>Reads the training rows, checks the settings on them, and fits the attribution if it is not the model's own, so that whatever is wrong shows here.</summary>
    /// <param name="input">Rows like those that will be scored; their columns are checked, their values are not read.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing, or the training data does not fit the model.</exception>
    /// <exception cref="NotSupportedException">The attribution cannot compute the columns.</exception>
    /// <exception cref="RowDataException">A training row is bad or missing; or a request names unknown or repeated rows, none, all, or all of a class.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = host.Start(stage);
        var source = AttributedModel.Create(Location, train, Attribution, typeof(TTransformer), new LoggedProgress(channel, null));
        try
        {
            var result = Create(source, channel);
            result.GetOutputSchema(input.Schema);
            return result;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The columns of the model, and those that are added.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Shape(Location, train.Schema, Computed, inputSchema);
    }

    /// <summary>Makes the fitted step.</summary>
    /// <param name="source">The model and its rows; taken over.</param>
    /// <param name="channel">Receives warnings.</param>
    private protected abstract TTransformer Create(AttributedModel source, IChannel channel);

    /// <summary>The columns behind the extended model, before anything is fitted.</summary>
    private static SchemaShape Shape(NetworkLocation location, DataViewSchema train, IReadOnlyList<ComputedColumn> computed, SchemaShape input)
    {
        var model = location.Model;
        var output = model.GetOutputSchema(train);
        if (model.IsRowToRowMapper)
        {
            foreach (var needed in model.GetRowToRowMapper(train).GetDependencies(output.Where(column => train.GetColumnOrNull(column.Name) is null)))
            {
                if (input.All(column => column.Name != needed.Name))
                {
                    throw new ArgumentException($"The data has no column '{needed.Name}', which the model reads. Give the step rows as they go into the model.");
                }
            }
        }

        // A step of the same name and type, such as a normalizer in place, leaves the shape of its column as it is.
        bool IsNew(DataViewSchema.Column column) => !column.IsHidden && (train.GetColumnOrNull(column.Name) is not { } before || !before.Type.Equals(column.Type));
        SchemaShape.Column[] made = [.. output.Where(IsNew).Concat(FeatureColumns.Alone(computed)).Select(ShapeColumns.Create)];
        return new SchemaShape([.. input.Where(column => made.All(other => other.Name != column.Name)), .. made]);
    }
}
