using System.Text.Json;

namespace OnnxDeployment.Scoring;

/// <summary>Body of a request: <c>{"rows": [{column: value, ...}, ...]}</c>.</summary>
/// <param name="Rows">An array of objects, if the caller kept to the form; valid until the request ends.</param>
internal sealed record ScoreRequest(JsonElement Rows)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Reads the body; the framework calls it. Unlike its own reader of JSON, this one heeds the time limit, and goes on reading while the service shuts down.</summary>
    /// <exception cref="BadHttpRequestException">The body is no request, is too large or comes too slowly.</exception>
    /// <exception cref="OperationCanceledException">The client has gone, or the time is over.</exception>
    public static async ValueTask<ScoreRequest> BindAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("The body must be of type application/json.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            var body = await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted);
            context.Response.RegisterForDispose(body);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.EnumerateObject().ToArray() is [var only] && only.NameEquals("rows")
                ? new ScoreRequest(only.Value)
                : throw new BadHttpRequestException("""The body must be {"rows": [{"column": value, ...}, ...]} and nothing else.""");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException($"The body is not JSON: {e.Message}", e);
        }
    }
}
