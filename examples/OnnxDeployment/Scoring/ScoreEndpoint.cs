using Microsoft.Extensions.Options;
using OnnxDeployment.Models;
using OnnxDeployment.Serving;

namespace OnnxDeployment.Scoring;

/// <summary>POST /score.</summary>
internal static class ScoreEndpoint
{
    /// <summary>Scores the rows of one request with one model, whatever is swapped meanwhile.</summary>
    public static IResult Score(ScoreRequest request, ModelSlot slot, IOptions<LimitSettings> limits, CancellationToken cancellation)
    {
        using var lease = slot.Acquire();
        var columns = RowReader.Read(request.Rows, lease.Model.Inputs, limits.Value.Rows);
        using var outputs = BatchScorer.Score(lease.Model, columns, cancellation);
        return Results.Bytes(ScoreAnswer.Write(lease.Model, outputs, request.Rows.GetArrayLength()), "application/json");
    }
}
