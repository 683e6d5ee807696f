using Microsoft.Extensions.Diagnostics.HealthChecks;
using OnnxDeployment.Models;

namespace OnnxDeployment.Serving;

/// <summary>Healthy while the newest model file is the one served; degraded, and still serving, when it was refused.</summary>
internal sealed class ModelHealthCheck(ModelSlot slot) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(slot.Refused is null ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("The newest model file was refused."));
}
