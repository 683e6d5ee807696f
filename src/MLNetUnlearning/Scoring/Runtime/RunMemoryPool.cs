namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>
/// Keeps what cursors ran a model with for the next ones: to make it costs about as much as to score a batch of a small network. Rows are cleared from it first. Safe to share between threads.
/// </summary>
internal sealed class RunMemoryPool : IDisposable
{
    private readonly Lock sync = new();
    private readonly List<RunMemory> kept = [];

    /// <summary>Takes what another cursor left.</summary>
    /// <returns>Null if there is none of that kind.</returns>
    public RunMemory? Take(IReadOnlyList<OnnxTensor> outputs, BatchShape shape)
    {
        lock (sync)
        {
            int place = kept.FindIndex(memory => memory.Serves(outputs, shape));
            if (place < 0)
            {
                return null;
            }

            var found = kept[place];
            kept.RemoveAt(place);
            return found;
        }
    }

    /// <summary>Takes over what a cursor is done with, and frees the oldest that there are too many of: as many are kept as there are processors.</summary>
    public void Add(RunMemory memory)
    {
        memory.Clear();
        RunMemory? oldest = null;
        lock (sync)
        {
            kept.Add(memory);
            if (kept.Count > Environment.ProcessorCount)
            {
                oldest = kept[0];
                kept.RemoveAt(0);
            }
        }

        oldest?.Dispose();
    }

    public void Dispose()
    {
        lock (sync)
        {
            kept.ForEach(memory => memory.Dispose());
            kept.Clear();
        }
    }
}
