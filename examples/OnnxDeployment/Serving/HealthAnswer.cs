using Microsoft.Extensions.Diagnostics.HealthChecks;
using OnnxDeployment.Models;

namespace OnnxDeployment.Serving;

/// <summary>The answer of GET /health.</summary>
internal sealed record HealthAnswer(string Status, HealthAnswer.ModelState Model, RefusedModel? Refused)
{
    /// <summary>Writes the state of the service.</summary>
    public static Task Write(HttpContext context, HealthReport report)
    {
        var slot = context.RequestServices.GetRequiredService<ModelSlot>();
        var model = slot.Current;
        var state = new ModelState(model.Digest, model.Bytes, model.LoadedAt, [.. model.Inputs.Select(Describe)], [.. model.Outputs.Select(Describe)]);
        return context.Response.WriteAsJsonAsync(new HealthAnswer(report.Status.ToString(), state, slot.Refused), context.RequestAborted);
    }

    private static Column Describe(ModelColumn column) => new(column.Name, column.Type.ToString(), column.Width);

    /// <summary>The served model.</summary>
    internal sealed record ModelState(string Digest, int Bytes, DateTimeOffset LoadedAt, IReadOnlyList<Column> Inputs, IReadOnlyList<Column> Outputs);

    /// <summary>An input or output.</summary>
    internal sealed record Column(string Name, string Type, int Width);
}
