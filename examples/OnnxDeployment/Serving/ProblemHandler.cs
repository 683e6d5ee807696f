using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using OnnxDeployment.Scoring;

namespace OnnxDeployment.Serving;

/// <summary>Answers errors of the caller with problem details (RFC 9457) that say what is wrong. Other errors get the framework's 500, which tells the caller nothing.</summary>
internal sealed class ProblemHandler(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        ProblemDetails? details = exception switch
        {
            InvalidRowsException rows => new HttpValidationProblemDetails(rows.Errors) { Status = StatusCodes.Status400BadRequest, Detail = rows.Message },
            BadHttpRequestException bad => new ProblemDetails { Status = bad.StatusCode, Detail = bad.Message },
            _ => null,
        };
        if (details is null)
        {
            return false;
        }

        httpContext.Response.StatusCode = details.Status!.Value;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = details, Exception = exception });
    }
}
