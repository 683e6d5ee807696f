namespace MLNetUnlearning.Training;

/// <summary>Decides which rows a model sees at a step.</summary>
internal interface IBatchSource
{
    /// <summary>Number of rows of one epoch of a model.</summary>
    int RowsOf(int model);

    /// <summary>Rows of one epoch of a model, in the order they are seen. A batch that starts with a row and goes on with -1 is a short one.</summary>
    long[] Epoch(int model, int epoch);
}
