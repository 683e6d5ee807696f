using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// A model with a step behind its network that adds columns computed from its training rows. Freed by <see cref="Dispose"/>; it does not own the model, which must live as long. It cannot be saved: save the model and create it from the loaded one.
/// </summary>
public abstract class PreviewTransformer : ITransformer, IDisposable
{
    private readonly AttributedModel source;
    private readonly TransformerChain<ITransformer> chain;

    /// <param name="source">The model and its rows; taken over.</param>
    /// <param name="create">Computes the columns, given the schema behind the network.</param>
    private protected PreviewTransformer(AttributedModel source, Func<DataViewSchema, IBatchModel> create)
    {
        this.source = source;
        chain = source.Location.InsertAfterNetwork(new AddingStep(create));
    }

    bool ITransformer.IsRowToRowMapper => ((ITransformer)chain).IsRowToRowMapper;

    /// <summary>The columns of the model, and those that are added behind its network.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => chain.GetOutputSchema(inputSchema);

    /// <summary>Scores rows and adds the columns. Lazy: computed when a cursor reads them, a batch at a time.</summary>
    /// <param name="input">Rows as they go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    /// <exception cref="ObjectDisposedException">This object or the model was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        source.ThrowIfDisposed();
        return chain.Transform(input);
    }

    /// <summary>Maps single rows, as prediction engines do. What is the same for all rows was computed when the estimator was fitted; a batch of <see cref="Transform"/> still takes less time for each row.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    /// <exception cref="ObjectDisposedException">This object or the model was disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        source.ThrowIfDisposed();
        return ((ITransformer)chain).GetRowToRowMapper(inputSchema);
    }

    /// <summary>Frees the copy of the training rows, and what was made for this object. The model stays.</summary>
    public void Dispose()
    {
        source.Dispose();
        GC.SuppressFinalize(this);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw AddingStep.CannotSave();
}
