using Microsoft.ML.OnnxRuntime;

namespace OnnxDeployment.Models;

/// <summary>A loaded model. It counts its users and unloads when the last one has let go.</summary>
internal sealed class ServedModel(InferenceSession session, string digest, int bytes, DateTimeOffset loadedAt, Action<ServedModel> unloaded)
{
    // The slot that serves the model is its first user.
    private int users = 1;

    /// <summary>SHA-256 of the file, as sha256sum prints it.</summary>
    public string Digest => digest;

    /// <summary>Size of the file.</summary>
    public int Bytes => bytes;

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset LoadedAt => loadedAt;

    /// <summary>What a row consists of.</summary>
    public IReadOnlyList<ModelColumn> Inputs { get; } = ModelColumn.Of(session.InputMetadata);

    /// <summary>What the model says of a row.</summary>
    public IReadOnlyList<ModelColumn> Outputs { get; } = ModelColumn.Of(session.OutputMetadata);

    /// <summary>The session; only for users.</summary>
    public InferenceSession Session => session;

    /// <summary>Adds a user, unless the last one has gone and the model with it.</summary>
    public bool TryUse()
    {
        int seen = Volatile.Read(ref users);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Removes a user; the last one unloads the model.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            session.Dispose();
            unloaded(this);
        }
    }
}
