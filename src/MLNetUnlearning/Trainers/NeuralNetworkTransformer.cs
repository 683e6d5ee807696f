using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Trainers;

/// <summary>A trained neural network as a step of an ML.NET model: adds scores and what follows from them to rows.</summary>
/// <remarks>
/// Scoring from several threads is safe. <see cref="Dispose"/> frees native memory; afterwards every use throws <see cref="ObjectDisposedException"/>. A
/// PredictionEngine disposes the model with itself unless its options say <c>OwnsTransformer = false</c>. The model saves as a stock ML.NET model that
/// scores without this library; <c>ml.Unlearning.Save</c> also keeps what later deletions need.
/// </remarks>
public sealed class NeuralNetworkTransformer : ISingleFeaturePredictionTransformer<Network>, IOnnxNetworkStep, IDisposable
{
    private readonly NeuralNetworkOptions options;
    private readonly Scorer scorer;

    /// <param name="options">Settings the model was trained with; not changed.</param>
    /// <param name="network">The network; taken over.</param>
    /// <param name="head">What becomes of the network's outputs.</param>
    /// <param name="state">What deletions need; taken over; null if the model cannot unlearn.</param>
    /// <param name="environment">MLContext or one of its hosts.</param>
    internal NeuralNetworkTransformer(NeuralNetworkOptions options, Network network, PredictionHead head, UnlearningState? state, IHostEnvironment environment)
    {
        this.options = options;
        scorer = new Scorer(network, head, options, environment);
        State = state;
    }

    /// <summary>Column of features.</summary>
    public string FeatureColumnName => options.FeatureColumnName;

    /// <summary>Type of the column of features: a vector of Single.</summary>
    public DataViewType FeatureColumnType => new VectorDataViewType(NumberDataViewType.Single, scorer.FeatureCount);

    /// <summary>Column of labels that the model was trained on.</summary>
    public string LabelColumnName => options.LabelColumnName;

    /// <summary>Column of row ids; null if the model cannot unlearn.</summary>
    public string? RowIdColumnName => options.CanUnlearn ? options.RowIdColumnName : null;

    /// <summary>What the model predicts.</summary>
    public PredictionTask Task => Head.Task;

    /// <summary>Column of scores: class probabilities, a vector of Single with one slot per class; the log odds of true, a Single; or values, a Single or a vector like the label.</summary>
    public string ScoreColumnName => options.ScoreColumnName;

    /// <summary>Column of the predicted label, a key or a Boolean; null if the task has none.</summary>
    public string? PredictedLabelColumnName => Head.PredictedLabelColumnName;

    /// <summary>Column of the probability of true; null if the task has none.</summary>
    public string? ProbabilityColumnName => (Head as BinaryHead)?.ProbabilityColumnName;

    /// <summary>The network, in TorchSharp's terms. It belongs to this object.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Network Model => scorer.With(network => network);

    /// <summary>Seed that fixed every draw of the training.</summary>
    public ulong Seed => options.Seed!.Value;

    /// <summary>Whether rows can be forgotten: the model was trained with a row id column, and was not loaded from a file without unlearning data.</summary>
    public bool CanUnlearn => State is not null;

    /// <summary>Ids of the rows that the model was trained on and has not forgotten, ascending; empty if the model cannot unlearn.</summary>
    public IReadOnlyList<long> RowIds => State?.RowIds ?? [];

    /// <summary>Always true: each output row depends on its input row alone.</summary>
    bool ITransformer.IsRowToRowMapper => true;

    Network IOnnxNetworkStep.Network => Model;

    PredictionHead IOnnxNetworkStep.Head => Head;

    /// <summary>Settings the model was trained with; not to be changed.</summary>
    internal NeuralNetworkOptions Options => options;

    /// <summary>What becomes of the network's outputs.</summary>
    internal PredictionHead Head => scorer.Head;

    /// <summary>How labels were scaled for the network; null for classes.</summary>
    internal LabelScaling? Scaling => (Head as RegressionHead)?.Scaling;

    /// <summary>What deletions need; null if the model cannot unlearn.</summary>
    internal UnlearningState? State { get; }

    /// <summary>Scores rows.</summary>
    internal Scorer Scorer => scorer;

    /// <summary>Names the columns after this step, with their annotations.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => CreateSchema(inputSchema).Output;

    /// <summary>Adds predictions to rows. Lazy: the network runs when a cursor reads them, on many rows at a time.</summary>
    /// <param name="input">Rows to score.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        scorer.Load();
        return new ScoredDataView(new NetworkModel(CreateSchema(input.Schema), scorer), input);
    }

    /// <summary>Maps single rows, as prediction engines do.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">The feature column is missing or does not fit the network.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        scorer.Load();
        return new ScoringMapper(new NetworkModel(CreateSchema(inputSchema), scorer));
    }

    /// <summary>Frees the network and what deletions need. A score under way on another thread finishes first.</summary>
    public void Dispose()
    {
        scorer.Dispose();
        State?.Dispose();
    }

    private ScoringSchema CreateSchema(DataViewSchema input) => new(input, FeatureColumnName, scorer.FeatureCount, Head);

    // ML.NET loads only components of its own assemblies, so the file gets the same model made of those.
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using var stock = scorer.With(network => StockModelBuilder.Build(new MLContext(), network, FeatureColumnName, Head.CreateStockSteps()));
        ((ICanSaveModel)stock).Save(ctx);
    }
}
