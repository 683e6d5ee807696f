using Microsoft.ML;

namespace MLNetUnlearning.Tests.Attribution;

/// <summary>Asks an estimator for its columns as a chain does, before anything is fitted.</summary>
internal sealed class Probe(IEstimator<ITransformer> estimator) : IEstimator<ITransformer>
{
    private SchemaShape? shape;

    /// <summary>The columns behind the estimator when it comes after others.</summary>
    public SchemaShape Shape(IEstimator<ITransformer> before, IDataView data)
    {
        // The data's own columns come to the chain through its first step.
        new Microsoft.ML.Data.EstimatorChain<ITransformer>().Append(before).Append(this).Fit(data);
        return shape!;
    }

    public ITransformer Fit(IDataView input) => new MLContext().Transforms.CopyColumns("Probed", input.Schema[0].Name).Fit(input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => shape = estimator.GetOutputSchema(inputSchema);
}
