namespace MLNetUnlearning.Networks.Operations;

/// <summary>How a graph is evaluated.</summary>
/// <param name="Stacked">Inputs are [models, batch, ...] and parameters [models, ...].</param>
/// <param name="Training">Batch normalisation uses the batch's statistics and updates the running ones.</param>
internal readonly record struct ForwardMode(bool Stacked, bool Training);
