using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores rows with an ONNX model as a step of an ML.NET pipeline. There is nothing to fit; the model is checked against the columns.</summary>
public sealed class OnnxScoringEstimator : IEstimator<OnnxScoringTransformer>
{
    private readonly IHost host;
    private readonly byte[] model;
    private readonly ScoringOptions scoring;
    private readonly OnnxMapping mapping;

    /// <summary>Creates the step. <c>ml.Transforms.ScoreOnnx</c> is the usual way.</summary>
    /// <param name="env">The MLContext.</param>
    /// <param name="options">Settings; checked and copied, the model's bytes excepted.</param>
    /// <exception cref="ArgumentException">A setting is wrong, or the model has no such input or output.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">This is not an ONNX model, or ONNX Runtime cannot load it.</exception>
    /// <exception cref="NotSupportedException">The model keeps weights in other files or is larger than 2 GB, has dynamic axes beyond the batch axis, or an input or output that has no column type.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public OnnxScoringEstimator(IHostEnvironment env, OnnxScoringOptions options)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        host = env.Register(nameof(OnnxScoringEstimator));
        scoring = options.Scoring.Clone();
        model = options.Model ?? OnnxModelFile.Read(options.ModelFile!);
        OnnxModelFile.Check(model);
        OnnxSession.ThrowIfUnavailable(scoring, host);
        using var session = OnnxSession.Open(model, new ScoringOptions { Provider = ScoringProvider.Cpu }, host, typeof(OnnxScoringTransformer));
        mapping = OnnxMapping.Create(session, options);
    }

    /// <summary>Checks the columns and loads the model.</summary>
    /// <param name="input">Rows to score; only their columns are looked at.</param>
    /// <returns>The step; the caller disposes it, or the chain that it belongs to.</returns>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public OnnxScoringTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _ = new OnnxColumns(input.Schema, mapping);
        return new OnnxScoringTransformer(model, mapping, OnnxSession.Open(model, scoring, host, typeof(OnnxScoringTransformer)), scoring, input.Schema);
    }

    /// <summary>Checks the columns and adds those of the outputs.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit the model.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var (tensor, name) in mapping.Inputs)
        {
            // The last one wins: columns of the same name hide earlier ones.
            var found = inputSchema.Where(column => column.Name == name).Select(column => (SchemaShape.Column?)column).LastOrDefault() ?? throw OnnxMapping.Missing(name, tensor);
            bool fits = found.Kind == SchemaShape.Column.VectorKind.Scalar ? tensor.Width == 1 : found.Kind == SchemaShape.Column.VectorKind.Vector;
            if (!fits || found.ItemType.RawType != tensor.Item.RawType)
            {
                throw OnnxMapping.WrongType(name, $"{found.Kind} of {found.ItemType}", tensor);
            }
        }

        var added = mapping.Outputs.Select(output => ShapeColumns.Create(output.Column.ColumnName, OnnxMapping.TypeOf(output))).ToArray();
        return new SchemaShape([.. inputSchema.Where(column => added.All(output => output.Name != column.Name)), .. added]);
    }
}
