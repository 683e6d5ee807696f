using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>The input's columns, then those of an ONNX model's outputs.</summary>
internal sealed class OnnxColumns : AddedColumns
{
    /// <param name="input">Schema of the rows to score.</param>
    /// <param name="mapping">The columns of the model.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    public OnnxColumns(DataViewSchema input, OnnxMapping mapping) : base(input)
    {
        var sources = new List<DataViewSchema.Column>();
        foreach (var (tensor, name) in mapping.Inputs)
        {
            var column = input.GetColumnOrNull(name) ?? throw OnnxMapping.Missing(name, tensor);
            var (item, size) = column.Type is VectorDataViewType vector ? (vector.ItemType, vector.Size) : (column.Type as PrimitiveDataViewType, 1);
            if (item?.RawType != tensor.Item.RawType || size != tensor.Width)
            {
                throw OnnxMapping.WrongType(name, $"{column.Type}", tensor);
            }

            sources.Add(column);
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (var output in mapping.Outputs)
        {
            builder.AddColumn(output.Column.ColumnName, OnnxMapping.TypeOf(output));
        }

        Sources = sources;
        Output = builder.ToSchema();
    }

    public override DataViewSchema Output { get; }

    /// <summary>The columns of the inputs, in the order of the inputs.</summary>
    public override IReadOnlyList<DataViewSchema.Column> Sources { get; }
}
