using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Attribution;

/// <summary>A column that is computed from rows' features.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Annotate">Adds its annotations; null for none.</param>
internal sealed record ComputedColumn(string Name, DataViewType Type, Action<DataViewSchema.Annotations.Builder>? Annotate = null);
