using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Trainers;

/// <summary>Settings of <see cref="NeuralNetworkTrainer"/> for several classes, and what all tasks have in common.</summary>
public class NeuralNetworkOptions : OptimizationOptions
{
    /// <summary>Creates the defaults: an MLP of 128 and 64 hidden units, 15 epochs, batches of 64, SGD with momentum 0.9, peak rate 0.2 on a triangular schedule, weight decay 5e-4.</summary>
    public NeuralNetworkOptions()
    {
        Epochs = 15;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        LearningRate = 0.2;
        Schedule = LearningRateSchedule.Triangular;
        WeightDecay = 5e-4;
    }

    /// <summary>Column of labels, a key. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Column of features, a vector of Single of known size. Default <c>Features</c>.</summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>
    /// Column of row ids: integers that name a row for good. Default <c>RowId</c>. Null or empty for a model that cannot unlearn: then no model bank is
    /// trained, and training draws depend on the order of the rows.
    /// </summary>
    public string? RowIdColumnName { get; set; } = "RowId";

    /// <summary>
    /// Column of groups, such as persons: text, a key or an integer, equal for rows that requests will name together. The model bank's deletions then take whole groups, so that attribution is
    /// calibrated on what requests will be like. Default null: every row by itself. Ignored without row ids; read by Fit alone.
    /// </summary>
    public string? GroupColumnName { get; set; }

    /// <summary>Column that receives the scores: the class probabilities; for other tasks see there. Default <c>Score</c>.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Column that receives the predicted label: a key with the label column's values; for other tasks see there. Default <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>The network. Default an MLP with 128 and 64 hidden units.</summary>
    public NetworkSpec Network { get; set; } = NetworkSpec.Mlp(128, 64);

    /// <summary>Size of the model bank that later deletions and their verification need. Ignored without row ids.</summary>
    public ModelBankOptions Bank { get; set; } = new();

    /// <summary>
    /// How the change of outputs is predicted for a deletion: the options' type chooses the method. Default <see cref="GaussNewtonInfluenceOptions"/>, projected. Ignored without row ids. Loss and weight decay
    /// are the trainer's, the latter wherever it is above 0. Fit refuses a method whose needs <see cref="Bank"/> does not meet before it trains anything.
    /// </summary>
    public IAttributorOptions Attribution { get; set; } = new GaussNewtonInfluenceOptions();

    /// <summary>What runs the network when rows are scored. Default <see cref="ScoringEngine.OnnxRuntime"/>. Scores of the two differ by rounding. Not stored in files.</summary>
    public ScoringEngine ScoringEngine { get; set; }

    /// <summary>Where and how rows are scored. Not stored in files: a loaded model takes the defaults.</summary>
    public ScoringOptions Scoring { get; set; } = new();

    /// <summary>Fixes every draw, together with the row ids. Default null: drawn from the MLContext, whose seed then fixes it.</summary>
    public ulong? Seed { get; set; }

    /// <summary>Receives reports during Fit, possibly from worker threads. Default null. ML.NET's log receives them too.</summary>
    public IProgress<WorkProgress>? Progress { get; set; }

    /// <summary>Stops Fit between two steps. Default: never.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column name is empty or two columns share a name.</exception>
    public override void Validate()
    {
        base.Validate();
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
        ArgumentNullException.ThrowIfNull(Network);
        ArgumentNullException.ThrowIfNull(Bank);
        ArgumentNullException.ThrowIfNull(Attribution);
        ArgumentNullException.ThrowIfNull(Scoring);
        Bank.Validate();
        Scoring.Validate();
        Attribution.Validate();
        foreach (string name in OutputColumnNames)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
        }

        string[] names = [LabelColumnName, FeatureColumnName, .. OutputColumnNames, .. CanUnlearn ? [RowIdColumnName!] : Array.Empty<string>(), .. HasGroups ? [GroupColumnName!] : Array.Empty<string>()];
        string? repeated = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (repeated is not null)
        {
            throw new ArgumentException($"Column '{repeated}' is named for two purposes; each of label, features, row id, group and outputs needs a column of its own.");
        }
    }

    /// <summary>What models predict.</summary>
    internal virtual PredictionTask Task => PredictionTask.MulticlassClassification;

    /// <summary>The loss that goes with it.</summary>
    internal virtual TrainingLoss Loss => TrainingLoss.CrossEntropy;

    /// <summary>How values are scaled; null to fit it to the rows. Of no interest to classes.</summary>
    internal virtual LabelScaling? Scaling => null;

    /// <summary>Columns that models add.</summary>
    private protected virtual IReadOnlyList<string> OutputColumnNames => [PredictedLabelColumnName, ScoreColumnName];

    /// <summary>What becomes of the outputs of a network that is trained on some rows.</summary>
    internal virtual PredictionHead CreateHead(ReadRows data) => new MulticlassHead(ScoreColumnName, PredictedLabelColumnName, data.Rows.Classes, data.Labels);

    /// <summary>Whether models can unlearn.</summary>
    internal bool CanUnlearn => !string.IsNullOrEmpty(RowIdColumnName);

    /// <summary>Whether the bank's deletions take whole groups.</summary>
    internal bool HasGroups => CanUnlearn && !string.IsNullOrEmpty(GroupColumnName);

    /// <summary>Names of the columns that training reads.</summary>
    internal ColumnNames Columns => new(RowIdColumnName ?? "", FeatureColumnName, LabelColumnName);

    /// <summary>Attribution as it is to be fitted on models of this training.</summary>
    internal IAttributorOptions Fitting(IAttributorOptions attribution) => attribution.ForTraining(Loss, ToTrainerOptions());

    /// <summary>A copy that later changes to this object do not reach.</summary>
    internal NeuralNetworkOptions Clone()
    {
        var copy = (NeuralNetworkOptions)MemberwiseClone();
        copy.Attribution = Fitting(Attribution);
        copy.Bank = new ModelBankOptions { Members = Bank.Members, FullMembers = Bank.FullMembers, DeletedShare = Bank.DeletedShare, Checkpoints = [.. Bank.Checkpoints ?? copy.Attribution.Checkpoints] };
        copy.Scoring = Scoring.Clone();
        return copy;
    }

    /// <summary>The settings of Core's trainer.</summary>
    internal TrainerOptions ToTrainerOptions() => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        Optimizer = Optimizer,
        LearningRate = LearningRate,
        Schedule = Schedule,
        WarmupShare = WarmupShare,
        Momentum = Momentum,
        WeightDecay = WeightDecay,
        MaxWorkers = MaxWorkers,
    };
}
