namespace MLNetUnlearning.Scoring;

/// <summary>Values of the columns that a model reads and adds, for some rows. Belongs to one cursor.</summary>
internal abstract class Batch : IDisposable
{
    /// <summary>Reads what the model needs of the source's current row into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>Runs the model on the first rows of a part. Where the model has several workers, parts are computed at the same time and while slots of others are read.</summary>
    /// <param name="first">First slot of the part.</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public abstract void Compute(int first, int rows);

    /// <summary>Creates a getter of an added column's value in the slot that is current when it is called.</summary>
    /// <param name="added">Position among the added columns.</param>
    /// <param name="slot">Gives the slot.</param>
    public abstract Delegate Getter(int added, Func<int> slot);

    /// <summary>Frees what the batch holds.</summary>
    public abstract void Dispose();
}
