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
        options.Bank.Checkpoints,
        options.GroupColumnName);

    /// <summary>The settings.</summary>
    /// <exception cref="InvalidDataException">A setting is out of range.</exception>
    public NeuralNetworkOptions ToOptions(NetworkSpec network)
    {
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = Label,
            FeatureColumnName = FeatureColumn,
            RowIdColumnName = RowId,
            GroupColumnName = Group,
            ScoreColumnName = Score,
            PredictedLabelColumnName = PredictedLabel,
            Network = network,
            Epochs = Epochs,
            BatchSize = BatchSize,
            Optimizer = Optimizer,
            LearningRate = LearningRate,
            Schedule = Schedule,
            WarmupShare = WarmupShare,
            Momentum = Momentum,
            WeightDecay = WeightDecay,
            Seed = Seed,
            Bank = new ModelBankOptions { Members = BankMembers, FullMembers = BankFullMembers, DeletedShare = BankDeletedShare, Checkpoints = BankCheckpoints },
        };
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
