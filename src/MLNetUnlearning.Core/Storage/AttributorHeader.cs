using System.Text.Json;

namespace MLNetUnlearning.Storage;

/// <summary>What a file says about fitted attribution.</summary>
/// <param name="Kind">A fixed word for the method.</param>
/// <param name="RowCount">Number of rows it covers.</param>
/// <param name="Options">Settings of the method.</param>
internal sealed record AttributorHeader(string Kind, int RowCount, JsonElement Options);
