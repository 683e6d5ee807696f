namespace MLNetUnlearning.Scoring;

/// <summary>Values of the columns that a model reads and adds, for as many rows as it is run on at once. Belongs to one cursor.</summary>
internal abstract class Batch : IDisposable
{
    /// <summary>Reads what the model needs of the source's current row into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>Runs the model on the first rows.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public abstract void Compute(int rows);

    /// <summary>Creates a getter of an added column's value in the slot that is current when it is called.</summary>
    /// <param name="added">Position among the added columns.</param>
    /// <param name="slot">Gives the slot.</param>
    public abstract Delegate Getter(int added, Func<int> slot);

    /// <summary>Frees what the batch holds.</summary>
    public abstract void Dispose();
}
