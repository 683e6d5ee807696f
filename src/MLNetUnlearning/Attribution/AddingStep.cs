using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Attribution;

/// <summary>A step that adds columns behind a network step. It cannot be saved.</summary>
/// <param name="create">Computes the columns, given the schema behind the network step.</param>
internal sealed class AddingStep(Func<DataViewSchema, IBatchModel> create) : ITransformer
{
    public bool IsRowToRowMapper => true;

    /// <summary>The error for attempts to save it.</summary>
    public static NotSupportedException CannotSave() =>
        new("This step holds training rows and a model bank, and no stock ML.NET step does what it does, so it cannot be saved. Save the model itself (ml.Unlearning.Save), and create the step from the loaded model.");

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => create(inputSchema).Columns.Output;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoringMapper(create(inputSchema));

    public IDataView Transform(IDataView input) => new ScoredDataView(create(input.Schema), input);

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw CannotSave();
}
