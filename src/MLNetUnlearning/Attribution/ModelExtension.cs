using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Attribution;

/// <summary>A model with a step behind its network that adds columns: what both kinds of previews are as transformers.</summary>
internal sealed class ModelExtension
{
    private readonly TransformerChain<ITransformer> chain;
    private readonly Action throwIfDisposed;

    /// <param name="location">The model.</param>
    /// <param name="create">Computes the columns, given the schema behind the network.</param>
    /// <param name="throwIfDisposed">Throws if they can no longer be computed.</param>
    public ModelExtension(NetworkLocation location, Func<DataViewSchema, IBatchModel> create, Action throwIfDisposed)
    {
        chain = location.InsertAfterNetwork(new AddingStep(create));
        this.throwIfDisposed = throwIfDisposed;
    }

    public bool IsRowToRowMapper => ((ITransformer)chain).IsRowToRowMapper;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => chain.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        throwIfDisposed();
        return chain.Transform(input);
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        throwIfDisposed();
        return ((ITransformer)chain).GetRowToRowMapper(inputSchema);
    }

    /// <summary>The columns behind the extended model, before anything is fitted.</summary>
    /// <param name="location">The model.</param>
    /// <param name="train">Schema of the rows that go into it.</param>
    /// <param name="computed">The columns that the step adds.</param>
    /// <param name="input">What is there before.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public static SchemaShape Shape(NetworkLocation location, DataViewSchema train, IReadOnlyList<ComputedColumn> computed, SchemaShape input)
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
