using System.Net.Sockets;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OnnxDeployment.Models;
using OnnxDeployment.Scoring;
using OnnxDeployment.Serving;

const string usage = """
    Serves a pipeline that ml.Unlearning.ExportOnnx wrote, and takes over a newer file without a restart.

    Usage: OnnxDeployment --model FILE [--urls http://127.0.0.1:5080] [--Section:Key VALUE ...]

      --model FILE   the ONNX file; replace it by a rename, and the service follows
      --urls URLS    where to listen, loopback by default
      --help         this text

    Every setting of appsettings.json can be given like this: --Limits:Rows 1000. Environment variables: Limits__Rows=1000.

    POST /score    {"rows": [{"Pixels": [0, 3, ...]}, ...]}: scores; the answer names the model by the SHA-256 digest of its file
    GET  /health   the served model, and why a newer file was refused, if it was

    Exit codes: 0 stopped by signal, 2 the settings, the model or the address cannot be used.
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(usage);
    return 0;
}

try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    builder.Configuration.AddCommandLine(args, new Dictionary<string, string> { ["--model"] = "Model:Path" });
    builder.Services.AddOptions<ModelSettings>().BindConfiguration("Model").ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddOptions<LimitSettings>().BindConfiguration("Limits").ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton<ModelLoader>();
    builder.Services.AddSingleton(services => new ModelSlot(services.GetRequiredService<ModelLoader>().Load()));
    builder.Services.AddHostedService<ModelWatcher>();
    builder.Services.AddHealthChecks().AddCheck<ModelHealthCheck>("model");
    builder.Services.AddServing();

    await using var app = builder.Build();
    app.Services.GetRequiredService<ModelSlot>();
    app.UseExceptionHandler();
    app.UseStatusCodePages();
    app.UseRequestTimeouts();
    app.UseRateLimiter();
    app.MapPost("/score", ScoreEndpoint.Score).RequireRateLimiting(ServingExtensions.ScoringPolicy);
    app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthAnswer.Write }).DisableRequestTimeout();
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (e is ModelRefusedException or OptionsValidationException or IOException or SocketException or InvalidOperationException { InnerException: ArgumentException or FormatException })
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
