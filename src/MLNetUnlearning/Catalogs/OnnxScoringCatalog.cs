using MLNetUnlearning.Scoring;

namespace Microsoft.ML;

/// <summary>Adds batched scoring of ONNX models to <c>ml.Transforms</c>.</summary>
public static class OnnxScoringCatalog
{
    /// <summary>Creates a step that scores an ONNX model on many rows at once. Inputs are fed by the columns called like them, and each output becomes a column.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="modelFile">Path of the model; read once.</param>
    /// <param name="scoring">Where and how the model runs. Default null: on the device that the MLContext names, one thread a cursor.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">This is not an ONNX model, or ONNX Runtime cannot load it.</exception>
    /// <exception cref="NotSupportedException">The model keeps weights in other files or is larger than 2 GB, has dynamic axes beyond the batch axis, or an input or output that has no column type.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public static OnnxScoringEstimator ScoreOnnx(this TransformsCatalog catalog, string modelFile, ScoringOptions? scoring = null) =>
        catalog.ScoreOnnx(new OnnxScoringOptions { ModelFile = modelFile, Scoring = scoring ?? new ScoringOptions() });

    /// <summary>Creates a step that scores an ONNX model on many rows at once.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model, its columns, and where it runs; checked and copied.</param>
    /// <exception cref="ArgumentException">A setting is wrong, or the model has no such input or output.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">This is not an ONNX model, or ONNX Runtime cannot load it.</exception>
    /// <exception cref="NotSupportedException">The model keeps weights in other files or is larger than 2 GB, has dynamic axes beyond the batch axis, or an input or output that has no column type.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public static OnnxScoringEstimator ScoreOnnx(this TransformsCatalog catalog, OnnxScoringOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new OnnxScoringEstimator(CatalogEnvironment.Of(catalog), options);
    }
}
