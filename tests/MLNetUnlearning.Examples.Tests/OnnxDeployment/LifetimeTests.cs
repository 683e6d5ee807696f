using System.Net;
using MLNetUnlearning.Tests;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

[TestClass]
public sealed class LifetimeTests
{
    [TestMethod]
    public async Task Terminate_RequestUnderWay_IsAnsweredFirst()
    {
        await using var service = await Service.Start(ExportedModels.All[0]);
        using var request = await SlowRequest.Begin(service.Address);

        service.Terminate();
        await service.WaitForLog("shutting down");
        await request.Finish();

        Assert.AreEqual(HttpStatusCode.OK, await request.Status(), service.Log);
        Assert.AreEqual(0, await service.ExitCode(), service.Log);
    }

    [TestMethod]
    public async Task Terminate_RequestThatNeverEnds_DoesNotHoldTheServiceUp()
    {
        await using var service = await Service.Start(ExportedModels.All[0], "--Limits:ShutdownTime", "00:00:00.2");
        using var request = await SlowRequest.Begin(service.Address);

        service.Terminate();

        Assert.AreEqual(0, await service.ExitCode(), service.Log);
    }

    [TestMethod]
    public async Task Score_TooSlow_Is504()
    {
        await using var service = await Service.Start(ExportedModels.All[0], "--Limits:RequestTime", "00:00:00.2");
        using var request = await SlowRequest.Begin(service.Address);

        Assert.AreEqual(HttpStatusCode.GatewayTimeout, await request.Status(), service.Log);
    }

    [TestMethod]
    public async Task Score_QueueFull_Is503AndTheNextOneIsServed()
    {
        await using var service = await Service.Start(ExportedModels.All[0], "--Limits:ConcurrentRequests", "1", "--Limits:QueuedRequests", "0");
        using var request = await SlowRequest.Begin(service.Address);

        using var rejected = await service.Client.PostAsync("score", null);
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, rejected.StatusCode);
        Assert.AreEqual("application/problem+json", rejected.Content.Headers.ContentType?.MediaType);
        Assert.AreEqual(TimeSpan.FromSeconds(1), rejected.Headers.RetryAfter?.Delta);
        Assert.AreEqual("Healthy", (await service.Health()).GetProperty("status").GetString());

        await request.Finish();
        Assert.AreEqual(HttpStatusCode.OK, await request.Status(), service.Log);
        Assert.AreEqual(ExportedModels.All[0].Digest, (await Answer.For(service.Client, ..2)).Model);
    }

    [TestMethod]
    public async Task Cancel_ByTheClient_LeavesTheServiceAsItWas()
    {
        await using var service = await Service.Start(ExportedModels.All[0], "--Limits:ConcurrentRequests", "1", "--Limits:QueuedRequests", "1000");
        using var cancel = new CancellationTokenSource();
        var requests = Enumerable.Range(0, 40).Select(_ => service.Client.PostAsync("score", new StringContent("{"), cancel.Token)).ToArray();
        await cancel.CancelAsync();
        await Task.WhenAll(requests.Select(request => request.ContinueWith(_ => { }, TaskScheduler.Default)));

        Assert.AreEqual(ExportedModels.All[0].Digest, (await Answer.For(service.Client, ..2)).Model);
    }

    [TestMethod]
    [DataRow("No model", DisplayName = "no model named")]
    [DataRow("missing.onnx", "--model", "missing.onnx", DisplayName = "no such file")]
    [DataRow("Limits:Rows", "--model", "missing.onnx", "--Limits:Rows", "many", DisplayName = "setting of another type")]
    [DataRow("Rows", "--model", "missing.onnx", "--Limits:Rows", "0", DisplayName = "setting out of range")]
    [DataRow("address", "--urls", "http://192.0.2.1:80", DisplayName = "address of another machine")]
    public void Start_WhatCannotBeUsed_IsNamedAndExitsWith2(string part, params string[] arguments)
    {
        string[] all = arguments.Contains("--urls") ? [.. arguments, "--model", ExportedModels.All[0].File] : arguments;

        var (exitCode, _, errors) = ChildProcess.Run("OnnxDeployment", null, all);

        Assert.AreEqual(2, exitCode);
        StringAssert.Contains(errors, part);
        Assert.DoesNotContain("   at ", errors);
    }

    [TestMethod]
    public void Help_Asked_IsPrinted()
    {
        var (exitCode, output, _) = ChildProcess.Run("OnnxDeployment", null, "--help");

        Assert.AreEqual(0, exitCode);
        StringAssert.Contains(output, "--model FILE");
    }
}
