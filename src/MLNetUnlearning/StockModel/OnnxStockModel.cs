using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.StockModel;

/// <summary>Rebuilds a step that scores an ONNX model from ML.NET's own components, so that a process without this library loads it.</summary>
internal static class OnnxStockModel
{
    private const string Prefix = "MLNetUnlearning.", RegressionScore = "Score", Kept = Prefix + "Kept";

    /// <summary>Builds the chain.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">Content of the ONNX file.</param>
    /// <param name="mapping">Columns of the model.</param>
    /// <param name="input">Columns before the step.</param>
    /// <returns>The chain. Disposing it removes the temporary file of the ONNX step.</returns>
    /// <exception cref="NotSupportedException">A scalar has a type for which ML.NET has no step, the model is too old, or it takes several rows at once.</exception>
    public static TransformerChain<ITransformer> Build(MLContext ml, byte[] model, OnnxMapping mapping, DataViewSchema input)
    {
        if (mapping.FixedRows > 1)
        {
            throw new NotSupportedException($"The ONNX model takes {mapping.FixedRows} rows at once. ML.NET's own ONNX step scores one row at a time, so the model cannot be saved. Export it with a dynamic batch axis.");
        }

        var unsupported = mapping.Outputs.FirstOrDefault(output => IsScalar(output) && output.Tensor.Item is not BooleanDataViewType && output.Tensor.Item != NumberDataViewType.Single);
        if (unsupported.Column is not null)
        {
            throw new NotSupportedException(
                $"Column '{unsupported.Column.ColumnName}' is a scalar of type {unsupported.Tensor.Item}. ML.NET's own ONNX step gives vectors, and of these it can make scalars of Single and Boolean alone. "
                + "Set AsVector on this output, or leave it out, to save the model.");
        }

        string file = Path.Combine(ml.TempFilePath, $"mlnet-unlearning-{Guid.NewGuid():N}.onnx");
        try
        {
            File.WriteAllBytes(file, Rewrite(model, mapping));
            return StockModelBuilder.Reload(ml, Fit(ml, mapping, input, file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] Rewrite(byte[] model, OnnxMapping mapping)
    {
        var rewrite = new OnnxRewrite(model);
        for (int i = 0; i < mapping.Inputs.Count; i++)
        {
            rewrite.AddRowInput(mapping.Inputs[i].Tensor.Name, InputName(i), mapping.Inputs[i].Tensor.Shape(1));
        }

        for (int i = 0; i < mapping.Outputs.Count; i++)
        {
            var output = mapping.Outputs[i];
            var type = IsScalar(output) ? TensorProto.Types.DataType.Float
                : output.Tensor.Item is TextDataViewType ? TensorProto.Types.DataType.String
                : ColumnShape.TypeOf(output.Tensor.Item.RawType);
            rewrite.AddRowOutput(output.Tensor.Name, OutputName(i), type, [.. output.Tensor.RowShape.DefaultIfEmpty(1).Select(length => (long)length)]);
        }

        return rewrite.ToBytes();
    }

    private static StepList Fit(MLContext ml, OnnxMapping mapping, DataViewSchema input, string file)
    {
        int[] outputs = [.. Enumerable.Range(0, mapping.Outputs.Count)], inputs = [.. Enumerable.Range(0, mapping.Inputs.Count)];
        bool addsScore = mapping.Outputs.Any(output => output.Column.ColumnName == RegressionScore);
        bool keep = !addsScore && input.GetColumnOrNull(RegressionScore) is not null;
        var steps = new StepList(new EmptyRows(Columns(mapping, input, keep)));
        try
        {
            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(Kept, RegressionScore));
            }

            foreach (int i in inputs)
            {
                steps.Fit(ml.Transforms.CopyColumns(InputName(i), mapping.Inputs[i].Column));
            }

            steps.Fit(ml.Transforms.ApplyOnnxModel([.. outputs.Select(OutputName)], [.. inputs.Select(InputName)], file));
            foreach (int i in outputs.Where(i => IsScalar(mapping.Outputs[i])))
            {
                steps.Add(ScalarStep.Create(ml, OutputName(i)));
                steps.Fit(ml.Transforms.CopyColumns(ScalarName(i), RegressionScore));
            }

            if (keep)
            {
                steps.Fit(ml.Transforms.CopyColumns(RegressionScore, Kept));
            }

            foreach (int i in outputs)
            {
                string name = mapping.Outputs[i].Column.ColumnName;
                steps.Fit(!IsScalar(mapping.Outputs[i]) ? ml.Transforms.CopyColumns(name, OutputName(i))
                    : mapping.Outputs[i].Tensor.Item is BooleanDataViewType ? ml.Transforms.Expression(name, "x => x > 0.5f", ScalarName(i))
                    : (IEstimator<ITransformer>)ml.Transforms.CopyColumns(name, ScalarName(i)));
            }

            string[] helpers = [.. inputs.Select(InputName), .. outputs.Select(OutputName), .. outputs.Select(ScalarName), Kept, .. addsScore || keep ? Array.Empty<string>() : [RegressionScore]];
            steps.Fit(ml.Transforms.DropColumns([.. helpers.Where(name => steps.Schema.GetColumnOrNull(name) is not null)]));
            return steps;
        }
        catch
        {
            steps.Dispose();
            throw;
        }
    }

    private static DataViewSchema Columns(OnnxMapping mapping, DataViewSchema input, bool withScore)
    {
        var builder = new DataViewSchema.Builder();
        foreach (string name in mapping.Inputs.Select(pair => pair.Column).Concat(withScore ? [RegressionScore] : Array.Empty<string>()).Distinct(StringComparer.Ordinal))
        {
            builder.AddColumn(name, input[name].Type);
        }

        return builder.ToSchema();
    }

    private static bool IsScalar((OnnxTensor Tensor, OnnxOutput Column) output) => output.Tensor.IsScalar && !output.Column.AsVector;

    private static string InputName(int i) => $"{Prefix}Input{i}";

    private static string OutputName(int i) => $"{Prefix}Output{i}";

    private static string ScalarName(int i) => $"{Prefix}Scalar{i}";
}
