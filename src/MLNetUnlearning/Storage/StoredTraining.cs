using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Storage;

/// <summary>Settings of a training in a file; see <see cref="NeuralNetworkOptions"/>. Progress, cancellation and workers belong to a run and are not stored.</summary>
internal sealed record StoredTraining(
    string Label,
    string FeatureColumn,
    string RowId,
    string Score,
    string PredictedLabel,
    int Epochs,
    int BatchSize,
    OptimizerKind Optimizer,
    double LearningRate,
    LearningRateSchedule Schedule,
    double WarmupShare,
    double Momentum,
    double WeightDecay,
    ulong Seed,
    int BankMembers,
    int BankFullMembers,
    double BankDeletedShare,
    IReadOnlyList<double> BankCheckpoints,
    string? Group = null)
{
    /// <summary>Describes settings.</summary>
    public static StoredTraining From(NeuralNetworkOptions options) => new(
        options.LabelColumnName,
        options.FeatureColumnName,
        options.RowIdColumnName!,
        options.ScoreColumnName,
        options.PredictedLabelColumnName,
        options.Epochs,
        options.BatchSize,
        options.Optimizer,
        options.LearningRate,
        options.Schedule,
        options.WarmupShare,
        options.Momentum,
        options.WeightDecay,
        options.Seed!.Value,
        options.Bank.Members,
        options.Bank.FullMembers,
        options.Bank.DeletedShare,
        options.Bank.Checkpoints ?? options.Attribution.Checkpoints,
        options.GroupColumnName);

    /// <summary>The settings.</summary>
    /// <exception cref="InvalidDataException">A setting is out of range.</exception>
    public NeuralNetworkOptions ToOptions(StoredHead head, NetworkSpec network)
    {
        var options = head.CreateOptions();
        options.LabelColumnName = Label;
        options.FeatureColumnName = FeatureColumn;
        options.RowIdColumnName = RowId;
        options.GroupColumnName = Group;
        options.ScoreColumnName = Score;
        options.PredictedLabelColumnName = PredictedLabel;
        options.Network = network;
        options.Epochs = Epochs;
        options.BatchSize = BatchSize;
        options.Optimizer = Optimizer;
        options.LearningRate = LearningRate;
        options.Schedule = Schedule;
        options.WarmupShare = WarmupShare;
        options.Momentum = Momentum;
        options.WeightDecay = WeightDecay;
        options.Seed = Seed;
        options.Bank = new ModelBankOptions { Members = BankMembers, FullMembers = BankFullMembers, DeletedShare = BankDeletedShare, Checkpoints = BankCheckpoints };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The settings of the training are wrong: {e.Message}", e);
        }
    }
}
