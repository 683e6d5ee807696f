using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MLNetUnlearning.Tests;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>The example service as a process of its own, on a free port of the loopback interface.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder = Directory.CreateTempSubdirectory("onnx-deployment-").FullName;
    private readonly ConcurrentQueue<string> log = new();
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Service(ExportedModel model, string[] settings)
    {
        File.Copy(model.File, ModelFile);
        string[] arguments = [ChildProcess.Path("OnnxDeployment"), "--model", ModelFile, "--urls", "http://127.0.0.1:0", "--Model:PollInterval", "00:00:00.05", .. settings];
        process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What the service logged so far.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>A client with a connection for each request at a time.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Where it listens.</summary>
    public Uri Address => Client.BaseAddress!;

    private string ModelFile => Path.Combine(folder, "pipeline.onnx");

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<Service> Start(ExportedModel model, params string[] settings)
    {
        var service = new Service(model, settings);
        try
        {
            service.Client = new HttpClient { BaseAddress = await service.address.Task.WaitAsync(TimeSpan.FromMinutes(1)) };
            return service;
        }
        catch (TimeoutException e)
        {
            string output = service.Log;
            await service.DisposeAsync();
            throw new InvalidOperationException($"The service does not listen: {output}", e);
        }
    }

    /// <summary>Puts another file in place of the model, as a deployment does: whole, by a rename.</summary>
    public void Deploy(string file)
    {
        string next = ModelFile + ".next";
        File.Copy(file, next, overwrite: true);
        File.Move(next, ModelFile, overwrite: true);
    }

    /// <summary>GET /health.</summary>
    public async Task<JsonElement> Health() => (await Client.GetFromJsonAsync<JsonDocument>("health"))!.RootElement;

    /// <summary>Waits until the state of the service is as wanted.</summary>
    public async Task<JsonElement> WaitForHealth(Func<JsonElement, bool> wanted)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var health = await Health();
            if (wanted(health))
            {
                return health;
            }

            await Task.Delay(20, timeout.Token);
        }
    }

    /// <summary>Waits until the log holds a text.</summary>
    public async Task WaitForLog(string text)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(20, timeout.Token);
        }
    }

    /// <summary>Asks it to stop, as an orchestrator does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitCode()
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Take(string? line)
    {
        const string listening = "Now listening on: ";
        if (line is not null)
        {
            log.Enqueue(line);
            int start = line.IndexOf(listening, StringComparison.Ordinal);
            if (start >= 0)
            {
                address.TrySetResult(new Uri(line[(start + listening.Length)..].Trim()));
            }
        }
    }
}
