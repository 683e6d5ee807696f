using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tasks;

/// <summary>Hands the outputs of a regression to ML.NET's evaluator one by one.</summary>
internal static class OutputEvaluation
{
    /// <exception cref="ArgumentException">A column is missing, is no vector of Single, or the two differ in size.</exception>
    public static IReadOnlyList<RegressionMetrics> Run(RegressionCatalog catalog, IDataView data, string labelColumn, string scoreColumn)
    {
        var (label, score) = (Require(data.Schema, labelColumn), Require(data.Schema, scoreColumn));
        int outputs = ((VectorDataViewType)label.Type).Size;
        if (outputs != ((VectorDataViewType)score.Type).Size)
        {
            throw new ArgumentException($"Column '{labelColumn}' is {label.Type} and column '{scoreColumn}' is {score.Type}; they must be of one size.");
        }

        List<Pair>[] pairs = [.. Enumerable.Range(0, outputs).Select(_ => new List<Pair>())];
        using (var cursor = data.GetRowCursor([label, score]))
        {
            var (getLabel, getScore) = (cursor.GetGetter<VBuffer<float>>(label), cursor.GetGetter<VBuffer<float>>(score));
            VBuffer<float> truth = default, prediction = default;
            while (cursor.MoveNext())
            {
                getLabel(ref truth);
                getScore(ref prediction);
                for (int i = 0; i < outputs; i++)
                {
                    pairs[i].Add(new Pair { Label = truth.GetItemOrDefault(i), Score = prediction.GetItemOrDefault(i) });
                }
            }
        }

        var rows = new MLContext(seed: 0).Data;
        return [.. pairs.Select(output => catalog.Evaluate(rows.LoadFromEnumerable(output)))];
    }

    private static DataViewSchema.Column Require(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw new ArgumentException($"The data has no column '{name}'.");
        return column.Type is VectorDataViewType { Size: > 0 } && column.Type.RawType == typeof(VBuffer<float>)
            ? column
            : throw new ArgumentException($"Column '{name}' is {column.Type}; several outputs are a vector of Single of known size. One output is evaluated by Evaluate.");
    }

    private sealed class Pair
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }
}
