namespace MLNetUnlearning.Training;

/// <summary>The data or the row ids handed in are wrong. The message names the row, the column and what to do.</summary>
public sealed class RowDataException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public RowDataException() : this("The rows are not valid.")
    {
    }

    /// <summary>Creates the exception.</summary>
    public RowDataException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public RowDataException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for one row.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="rowId">Id of the row.</param>
    /// <param name="column">Name of the column, if one is to blame.</param>
    public RowDataException(string message, long rowId, string? column = null) : base(message)
    {
        RowId = rowId;
        Column = column;
    }

    /// <summary>Id of the row at fault, if there is one.</summary>
    public long? RowId { get; }

    /// <summary>Name of the column at fault, if there is one.</summary>
    public string? Column { get; }
}
