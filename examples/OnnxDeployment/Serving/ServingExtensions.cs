using System.Globalization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace OnnxDeployment.Serving;

/// <summary>Applies the limits and has every error answered as problem details.</summary>
internal static class ServingExtensions
{
    /// <summary>Name of the policy that bounds how many requests are scored at once.</summary>
    public const string ScoringPolicy = "scoring";

    /// <summary>Adds limits and error answers.</summary>
    public static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemHandler>();
        services.AddRequestTimeouts();
        services.AddRateLimiter(_ => { });
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitSettings>>((kestrel, limits) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.Value.RequestBytes;
        });
        services.AddOptions<HostOptions>().Configure<IOptions<LimitSettings>>((host, limits) => host.ShutdownTimeout = limits.Value.ShutdownTime);
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<LimitSettings>>((timeouts, limits) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = limits.Value.RequestTime, TimeoutStatusCode = StatusCodes.Status504GatewayTimeout });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<LimitSettings>>((limiter, limits) => LimitConcurrency(limiter, limits.Value));
        return services;
    }

    private static void LimitConcurrency(RateLimiterOptions limiter, LimitSettings limits)
    {
        limiter.AddConcurrencyLimiter(ScoringPolicy, options =>
        {
            options.PermitLimit = limits.ConcurrentRequests;
            options.QueueLimit = limits.QueuedRequests;
        });
        limiter.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
        limiter.OnRejected = (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = 1.ToString(CultureInfo.InvariantCulture);
            return ValueTask.CompletedTask;
        };
    }
}
