using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>The steps of a model with those taken apart that ML.NET makes of several others.</summary>
internal static class OpenedSteps
{
    /// <summary>Whether a step is one that ML.NET makes of others.</summary>
    public static bool IsMadeOfOthers(ITransformer step) => step is OneHotEncodingTransformer;

    /// <summary>Takes chains apart.</summary>
    /// <param name="steps">Steps and chains.</param>
    /// <param name="network">The step that stays whole although it may be a chain.</param>
    public static IEnumerable<ITransformer> Flatten(IEnumerable<ITransformer> steps, IOnnxNetworkStep network) =>
        steps.SelectMany(step => step is IEnumerable<ITransformer> chain && !ReferenceEquals(step, network) ? Flatten(chain, network) : [step]);

    /// <summary>Names the steps and opens those made of others.</summary>
    /// <param name="steps">The steps before the network, chains taken apart.</param>
    /// <param name="input">Columns before the first step.</param>
    public static IReadOnlyList<PipelineStep> Open(IReadOnlyList<ITransformer> steps, DataViewSchema input)
    {
        var opened = new List<PipelineStep>();
        for (int i = 0; i < steps.Count; i++)
        {
            string name = PipelineStep.NameOf(steps[i]);
            opened.AddRange((IsMadeOfOthers(steps[i]) ? Parts(steps[i], input) : [steps[i]]).Select(part => new PipelineStep(i + 1, name, part)));
            input = steps[i].GetOutputSchema(input);
        }

        return opened;
    }

    /// <summary>The columns before every step and after the last.</summary>
    public static IReadOnlyList<DataViewSchema> Schemas(IReadOnlyList<PipelineStep> steps, DataViewSchema input)
    {
        List<DataViewSchema> schemas = [input];
        foreach (var step in steps)
        {
            schemas.Add(step.Transformer.GetOutputSchema(schemas[^1]));
        }

        return schemas;
    }

    // One-hot encoding hides the chain it consists of, but saves as that chain.
    private static IEnumerable<ITransformer> Parts(ITransformer step, DataViewSchema input)
    {
        var ml = new MLContext();
        using var file = new MemoryStream();
        ml.Model.Save(step, input, file);
        file.Position = 0;
        return Open(ml.Model.Load(file, out _));

        static IEnumerable<ITransformer> Open(ITransformer node) => node is IEnumerable<ITransformer> chain ? chain.SelectMany(Open) : [node];
    }
}
