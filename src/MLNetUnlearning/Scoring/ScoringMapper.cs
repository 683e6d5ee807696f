using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores one row at a time, for prediction engines.</summary>
/// <param name="schema">Columns.</param>
/// <param name="scorer">Computes the scores.</param>
internal sealed class ScoringMapper(ScoringSchema schema, Scorer scorer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => schema.Dependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoringRow(schema, input, [.. activeColumns], scorer);
}
