namespace MLNetUnlearning.Scoring;

/// <summary>
/// Frees native memory only when nobody uses it any more: a use that is under way finishes, a later one throws <see cref="ObjectDisposedException"/>.
/// </summary>
/// <param name="owner">Type named in the exception.</param>
/// <param name="free">Frees the memory; runs once.</param>
internal sealed class UseGate(Type owner, Action free) : IDisposable
{
    private readonly Lock sync = new();
    private int users;
    private bool closed;

    /// <summary>Starts a use; disposing the result ends it.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    public Use Enter()
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(closed, owner);
            users++;
            return new Use(this);
        }
    }

    /// <summary>Starts a use unless the gate is closed.</summary>
    public bool TryEnter(out Use use)
    {
        lock (sync)
        {
            use = new Use(this);
            users += closed ? 0 : 1;
            return !closed;
        }
    }

    /// <summary>Closes the gate, and frees the memory now or when the last use ends.</summary>
    public void Dispose()
    {
        lock (sync)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            if (users > 0)
            {
                return;
            }
        }

        free();
    }

    private void Leave()
    {
        lock (sync)
        {
            users--;
            if (users > 0 || !closed)
            {
                return;
            }
        }

        free();
    }

    /// <summary>One use.</summary>
    public readonly struct Use(UseGate gate) : IDisposable
    {
        /// <summary>Ends the use.</summary>
        public void Dispose() => gate.Leave();
    }
}
