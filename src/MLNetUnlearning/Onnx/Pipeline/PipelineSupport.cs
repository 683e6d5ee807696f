using Microsoft.ML;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Tells of every step of a model whether it can be exported, by writing each of its columns into a graph that is thrown away.</summary>
internal static class PipelineSupport
{
    private const string Behind = "It is behind the network; the exported graph ends with the network's outputs.";

    /// <summary>Lists the steps.</summary>
    /// <param name="steps">All steps of the model in order; chains within the chain are opened.</param>
    /// <param name="network">The step with the network, by reference one of <paramref name="steps"/>.</param>
    /// <param name="input">Columns before the first step; null to judge steps by their type alone.</param>
    public static IReadOnlyList<OnnxStepSupport> List(IEnumerable<ITransformer> steps, IOnnxNetworkStep network, DataViewSchema? input)
    {
        ITransformer[] all = [.. OpenedSteps.Flatten(steps, network)];
        int position = Array.FindIndex(all, step => ReferenceEquals(step, network));
        var before = input is null ? all[..position].Select(ByType) : ByColumns(all[..position], network.FeatureColumnName, input);
        return
        [
            .. before,
            OfNetwork(network, position + 1),
            .. all[(position + 1)..].Select((step, i) => new OnnxStepSupport(position + i + 2, PipelineStep.NameOf(step), false, false, Behind)),
        ];
    }

    private static OnnxStepSupport ByType(ITransformer step, int index)
    {
        bool known = OpenedSteps.IsMadeOfOthers(step) || step is ColumnSelectingTransformer || StepConverters.Default.Find(step) is not null;
        return new OnnxStepSupport(index + 1, PipelineStep.NameOf(step), known, null, known ? null : $"It cannot be written as ONNX: {StepConverters.ReasonAgainst(step)}.");
    }

    private static IEnumerable<OnnxStepSupport> ByColumns(ITransformer[] steps, string features, DataViewSchema input)
    {
        var opened = OpenedSteps.Open(steps, input);
        var schemas = OpenedSteps.Schemas(opened, input);
        var needed = NeededColumns(opened, schemas, features);
        for (int i = 0; i < steps.Length; i++)
        {
            int[] stages = [.. Enumerable.Range(1, opened.Count).Where(stage => opened[stage - 1].Position == i + 1)];
            bool isNeeded = stages.Any(stage => needed.Any(column => column.Stage == stage));
            string? reason = stages.SelectMany(stage => Made(schemas, stage).Select(column => ReasonAgainst(opened[stage - 1], schemas, stage, column))).FirstOrDefault(found => found is not null);
            yield return new OnnxStepSupport(i + 1, PipelineStep.NameOf(steps[i]), reason is null, isNeeded, reason);
        }
    }

    private static IEnumerable<DataViewSchema.Column> Made(IReadOnlyList<DataViewSchema> schemas, int stage) =>
        schemas[stage].Where(column => !column.IsHidden && PipelineWalk.Makes(schemas[stage - 1], schemas[stage], column.Name));

    private static string? ReasonAgainst(PipelineStep step, IReadOnlyList<DataViewSchema> schemas, int stage, DataViewSchema.Column column)
    {
        if (StepConverters.Default.Find(step.Transformer) is not { } converter)
        {
            return $"Column '{column.Name}' cannot be written as ONNX: {StepConverters.ReasonAgainst(step.Transformer)}.";
        }

        var builder = new OnnxGraphBuilder("step", OnnxExportOptions.MaximumOpset, []);
        var sources = new Dictionary<string, OnnxColumn>(StringComparer.Ordinal);
        try
        {
            converter.Append(new StepContext(builder, new MadeColumn(step, schemas[stage - 1], column), Source));
            return null;
        }
        catch (UnsupportedOnnxExportException error)
        {
            return error.Message;
        }

        OnnxColumn Source(string name)
        {
            if (!sources.TryGetValue(name, out var source))
            {
                sources.Add(name, source = PipelineWalk.AddInput(builder, schemas[stage - 1][name]));
            }

            return source;
        }
    }

    // The columns that the features depend on, with the steps that make them, up to pictures that are inputs of the graph; a step that does not tell what it reads is taken to read nothing.
    private static HashSet<(int Stage, string Column)> NeededColumns(IReadOnlyList<PipelineStep> steps, IReadOnlyList<DataViewSchema> schemas, string features)
    {
        var made = new HashSet<(int, string)>();
        HashSet<string> needed = [features];
        for (int stage = steps.Count; stage > 0; stage--)
        {
            var step = steps[stage - 1].Transformer;
            string[] here = [.. needed.Where(name => PipelineWalk.Makes(schemas[stage - 1], schemas[stage], name))];
            needed.ExceptWith(here);
            here = [.. here.Where(name => !PipelineWalk.Enters(StepConverters.Default, steps, schemas, stage, name))];
            made.UnionWith(here.Select(name => (stage, name)));
            if (here.Length > 0 && step.IsRowToRowMapper)
            {
                var mapper = step.GetRowToRowMapper(schemas[stage - 1]);
                needed.UnionWith(mapper.GetDependencies(here.Select(name => mapper.OutputSchema[name])).Select(column => column.Name));
            }
        }

        return made;
    }

    private static OnnxStepSupport OfNetwork(IOnnxNetworkStep network, int position)
    {
        string? reason = null;
        try
        {
            var builder = new OnnxGraphBuilder("network", OnnxExportOptions.MaximumOpset, []);
            NetworkNodes.Append(builder, network.Network, builder.AddInput(network.FeatureColumnName, Proto.TensorProto.Types.DataType.Float, network.Network.Graph.InputSize));
        }
        catch (UnsupportedOnnxExportException error)
        {
            reason = error.Message;
        }

        return new OnnxStepSupport(position, PipelineStep.NameOf((ITransformer)network), reason is null, true, reason);
    }
}
