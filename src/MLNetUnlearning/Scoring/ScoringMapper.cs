using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores one row at a time, for prediction engines.</summary>
/// <param name="model">Computes the added columns.</param>
internal sealed class ScoringMapper(IBatchModel model) : IRowToRowMapper
{
    public DataViewSchema InputSchema => model.Columns.Input;

    public DataViewSchema OutputSchema => model.Columns.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => model.Columns.Dependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoringRow(model, input, [.. activeColumns]);
}
