using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// A model that also says which training rows moved each prediction: <c>InfluentialRowIds</c> and <c>InfluenceScores</c>, the <see cref="AttributionOptions.TopK"/> rows that most raised the margin of the predicted class (largest score
/// first), then as many that most lowered it (smallest score first).
/// </summary>
/// <remarks>
/// A score is by how much the row raises the margin, the log odds of the predicted class: to first order the margin falls by the score when the row leaves. Gauss-Newton, calibration, the Gaussian process and TRAK give it in logits; for the
/// others see their cards. The sign counts: a slot of the raising side can hold a negative score where fewer rows than asked for raise the margin. A row with a feature that is not a number has scores that are not numbers, and ids that
/// mean nothing. Freed by <see cref="Dispose"/>; it does not own the model, which must live as long.
/// </remarks>
public sealed class InfluenceTransformer : ITransformer, IDisposable
{
    private readonly AttributedModel source;
    private readonly ModelExtension extension;

    internal InfluenceTransformer(AttributedModel source, AttributionOptions options)
    {
        this.source = source;
        extension = new ModelExtension(source.Location, schema => InfluenceModel.Create(schema, source, options), source.ThrowIfDisposed);
    }

    bool ITransformer.IsRowToRowMapper => extension.IsRowToRowMapper;

    /// <summary>The columns of the model, and the two that are added behind its network.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => extension.GetOutputSchema(inputSchema);

    /// <summary>Scores rows and names influential training rows. Lazy: computed when a cursor reads the columns, a batch at a time.</summary>
    /// <param name="input">Rows as they go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    /// <exception cref="ObjectDisposedException">This object or the model was disposed.</exception>
    public IDataView Transform(IDataView input) => extension.Transform(input);

    /// <summary>Maps single rows, as prediction engines do. Every row costs a pass over the training rows.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => extension.GetRowToRowMapper(inputSchema);

    /// <summary>Frees the copy of the training rows, and attribution that was fitted for this object. The model stays.</summary>
    public void Dispose() => source.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw AddingStep.CannotSave();
}
