using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>A network step whose predictions come from one network and whose export takes another, to see whether the check tells them apart.</summary>
internal sealed class NetworkStep : ITransformer, IOnnxNetworkStep, IDisposable
{
    private readonly TransformerChain<ITransformer> scorer;

    public NetworkStep(MLContext ml, Network network, DataViewSchema.Annotations label, Network? scored = null)
    {
        Network = network;
        scorer = StockModelBuilder.Build(ml, scored ?? network, new StockModelColumns(FeatureColumnName, "Score", "PredictedLabel"), label, slotNames: null);
    }

    public Network Network { get; }

    public string FeatureColumnName => "Features";

    public PredictionHead Head => new MulticlassHead("Score", "PredictedLabel", Network.Graph.OutputSize, labels: null);

    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => scorer.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => scorer.Transform(input);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)scorer).GetRowToRowMapper(inputSchema);

    public void Dispose() => scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)scorer).Save(ctx);
}
