using System.Collections.Concurrent;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

[TestClass]
public sealed class HotSwapTests
{
    private const int Requests = 1000;
    private const int Concurrent = 50;
    private const int RowsPerRequest = 16;

    public TestContext TestContext { get; set; } = null!;

    /// <summary>Clients that never pause, while the service goes through the original and the five models that came after it.</summary>
    [TestMethod]
    public async Task Score_FiveSwapsUnderLoad_EveryRequestIsAnsweredByExactlyOneModel()
    {
        var models = ExportedModels.All;
        await using var service = await Service.Start(models[0]);
        var answered = models.ToDictionary(model => model.Digest, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var counts = new ConcurrentDictionary<string, int>();
        int started = 0;
        bool swapped = false;

        async Task Ask(int client)
        {
            var random = new Random(client);
            while (Interlocked.Increment(ref started) <= Requests || !Volatile.Read(ref swapped))
            {
                int first = random.Next(ExportedModels.Rows.Length - RowsPerRequest);
                var answer = await Answer.For(service.Client, first..(first + RowsPerRequest));
                CollectionAssert.AreEqual(new[] { answer.Model }, answer.Matches(first..(first + RowsPerRequest)));
                counts.AddOrUpdate(answer.Model, 1, (_, count) => count + 1);
                answered[answer.Model].TrySetResult();
            }
        }

        async Task Swap()
        {
            foreach (var model in models)
            {
                if (model != models[0])
                {
                    service.Deploy(model.File);
                }

                await answered[model.Digest].Task.WaitAsync(TimeSpan.FromMinutes(1));
            }

            Volatile.Write(ref swapped, true);
        }

        await Task.WhenAll([Swap(), .. Enumerable.Range(0, Concurrent).Select(client => Task.Run(() => Ask(client)))]);

        TestContext.WriteLine($"{counts.Values.Sum()} requests, {Concurrent} at a time, answered by: {string.Join(", ", models.Select(model => counts[model.Digest]))}; none failed.");
        Assert.IsGreaterThanOrEqualTo(Requests, counts.Values.Sum());
        Assert.AreEqual(models.Count, counts.Count);
        Assert.AreEqual(models[^1].Digest, (await service.Health()).GetProperty("model").GetProperty("digest").GetString());
        foreach (var former in models.SkipLast(1))
        {
            await service.WaitForLog($"Unloaded model {former.Digest}");
        }

        Assert.DoesNotContain($"Unloaded model {models[^1].Digest}", service.Log);
        service.Terminate();
        Assert.AreEqual(0, await service.ExitCode(), service.Log);
        StringAssert.Contains(service.Log, $"Unloaded model {models[^1].Digest}");
    }

    /// <summary>The models differ on every window of rows; else an answer could fit several, and the test above could not tell.</summary>
    [TestMethod]
    public void Models_OnAllRows_Differ()
    {
        foreach (var model in ExportedModels.All)
        {
            for (int first = 0; first + RowsPerRequest <= ExportedModels.Rows.Length; first++)
            {
                var rows = first..(first + RowsPerRequest);
                var answer = new Answer(model.Digest, [.. model.Scores[rows].Zip(model.Labels[rows], (scores, label) => new Answer.Row(scores, label, 0))]);
                CollectionAssert.AreEqual(new[] { model.Digest }, answer.Matches(rows));
            }
        }
    }

    [TestMethod]
    public async Task Deploy_FilesThatCannotBeServed_AreRefusedAndTheModelGoesOn()
    {
        using var folder = new TemporaryFolder();
        string garbage = folder.File("garbage.onnx");
        await File.WriteAllTextAsync(garbage, "not a model");
        string cut = folder.File("cut.onnx");
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(ExportedModels.All[1].File))[..^1000]);
        string empty = folder.File("empty.onnx");
        await File.WriteAllBytesAsync(empty, []);
        await using var service = await Service.Start(ExportedModels.All[0]);

        foreach (var (file, reason) in new[] { (garbage, "protobuf"), (cut, "cannot be served"), (ExportedModels.OtherPipeline, "Grey"), (empty, "0 bytes") })
        {
            service.Deploy(file);
            var health = await service.WaitForHealth(state => state.GetProperty("refused").ToString().Contains(reason, StringComparison.Ordinal));
            Assert.AreEqual("Degraded", health.GetProperty("status").GetString());
            Assert.AreEqual(ExportedModels.All[0].Digest, health.GetProperty("model").GetProperty("digest").GetString());
            Assert.AreEqual(ExportedModels.All[0].Digest, (await Answer.For(service.Client, ..3)).Model);
        }

        service.Deploy(ExportedModels.All[1].File);
        await service.WaitForHealth(state => state.GetProperty("status").GetString() == "Healthy");
        Assert.AreEqual(ExportedModels.All[1].Digest, (await Answer.For(service.Client, ..3)).Model);
    }
}
