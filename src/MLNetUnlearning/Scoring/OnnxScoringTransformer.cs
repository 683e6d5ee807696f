using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores rows with an ONNX model, many rows at once.</summary>
/// <remarks>
/// Scoring from several threads is safe. <see cref="Dispose"/> frees native memory; afterwards every use throws <see cref="ObjectDisposedException"/>. A PredictionEngine disposes the model with itself
/// unless its options say <c>OwnsTransformer = false</c>. The step saves as ML.NET's own ONNX step, which loads without this library and scores row by row.
/// </remarks>
public sealed class OnnxScoringTransformer : ITransformer, IDisposable
{
    private readonly byte[] model;
    private readonly OnnxMapping mapping;
    private readonly OnnxSession session;
    private readonly ScoringOptions options;
    private readonly DataViewSchema fitted;

    /// <param name="model">Content of the file.</param>
    /// <param name="mapping">Columns of the model.</param>
    /// <param name="session">The loaded model; taken over.</param>
    /// <param name="options">How it runs; not changed.</param>
    /// <param name="fitted">Columns before the step where it was fitted.</param>
    internal OnnxScoringTransformer(byte[] model, OnnxMapping mapping, OnnxSession session, ScoringOptions options, DataViewSchema fitted)
    {
        this.model = model;
        this.mapping = mapping;
        this.session = session;
        this.options = options;
        this.fitted = fitted;
    }

    /// <summary>Always true: each output row depends on its input row alone.</summary>
    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>Names the columns after this step.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new OnnxColumns(inputSchema, mapping).Output;
    }

    /// <summary>Adds the model's outputs to rows. Lazy: the model runs when a cursor reads them, on many rows at once.</summary>
    /// <param name="input">Rows to score.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(CreateModel(input.Schema), input);
    }

    /// <summary>Maps single rows, as prediction engines do.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringMapper(CreateModel(inputSchema));
    }

    /// <summary>Frees the model. A score under way on another thread finishes first.</summary>
    public void Dispose() => session.Dispose();

    private OnnxBatchModel CreateModel(DataViewSchema input)
    {
        session.ThrowIfDisposed();
        return new OnnxBatchModel(new OnnxColumns(input, mapping), mapping, session, options);
    }

    // ML.NET loads only components of its own assemblies.
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        session.ThrowIfDisposed();
        using var stock = StockModel.OnnxStockModel.Build(new MLContext(), model, mapping, fitted);
        ((ICanSaveModel)stock).Save(ctx);
    }
}
