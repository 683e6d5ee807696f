namespace MLNetUnlearning.Storage;

/// <summary>The manifest of an unlearnable model: everything but tensors and row ids.</summary>
/// <param name="Format">Version of the format.</param>
/// <param name="Path">Place of the network in the model, see <see cref="Chains.NetworkLocation.Path"/>.</param>
/// <param name="Network">Description of the network.</param>
/// <param name="Features">Number of features.</param>
/// <param name="Outputs">Number of outputs of the network.</param>
/// <param name="Head">What becomes of the outputs.</param>
/// <param name="Training">Settings of the training.</param>
/// <param name="Rows">Number of rows the model knows.</param>
/// <param name="FullMembers">Bank members trained on all rows.</param>
/// <param name="Members">Bank members in all.</param>
/// <param name="CheckpointEpochs">Epochs at which the bank keeps weights.</param>
/// <param name="Attribution">Fitted attribution.</param>
/// <param name="Entries">Every other entry of the file, by name.</param>
internal sealed record StoredModel(
    int Format,
    IReadOnlyList<int> Path,
    string Network,
    int Features,
    int Outputs,
    StoredHead Head,
    StoredTraining Training,
    int Rows,
    int FullMembers,
    int Members,
    IReadOnlyList<int> CheckpointEpochs,
    AttributorHeader Attribution,
    IReadOnlyDictionary<string, StoredEntry> Entries)
{
    /// <summary>Version that this library writes and the newest that it reads.</summary>
    public const int CurrentFormat = 1;
}
