using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Onnx;

/// <summary>A data view of feature vectors.</summary>
internal static class FeatureRows
{
    public static IDataView Create(MLContext ml, float[] rows, int features)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return ml.Data.LoadFromEnumerable(rows.Chunk(features).Select(row => new Row { Features = row }).ToArray(), schema);
    }

    public sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
