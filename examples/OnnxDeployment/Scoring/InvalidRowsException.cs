namespace OnnxDeployment.Scoring;

/// <summary>The rows of a request do not fit the model.</summary>
internal sealed class InvalidRowsException(IDictionary<string, string[]> errors) : Exception("The rows do not fit the model.")
{
    /// <summary>What is wrong, by place, such as <c>rows[3].Pixels</c>.</summary>
    public IDictionary<string, string[]> Errors { get; } = errors;
}
