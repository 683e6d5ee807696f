using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>A model that adds columns to rows, many rows at once. Safe to share between threads.</summary>
internal interface IBatchModel
{
    /// <summary>The columns.</summary>
    AddedColumns Columns { get; }

    /// <summary>Most rows at once.</summary>
    int BatchSize { get; }

    /// <summary>Most threads that run the model for one cursor at the same time.</summary>
    int Workers { get; }

    /// <summary>Creates a batch.</summary>
    /// <param name="source">The rows, with the columns that the model reads active. The batch does not dispose it.</param>
    /// <param name="added">Positions among the added columns of those that will be read, at least one.</param>
    /// <param name="shape">Rows that it holds.</param>
    Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape);
}
