using Microsoft.Extensions.Options;

namespace OnnxDeployment.Models;

/// <summary>
/// Takes over the model file when it has changed. A deployment replaces the file and needs no network access to the service: the right to change the model is the
/// right to write the file.
/// </summary>
internal sealed class ModelWatcher(ModelLoader loader, ModelSlot slot, IOptions<ModelSettings> settings, TimeProvider time, ILogger<ModelWatcher> log) : BackgroundService
{
    private FileStamp? tried;
    private FileStamp? changing;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.Value.PollInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops, which is no error, even where it stops because it could not start.
        }
    }

    private void Look()
    {
        try
        {
            var stamp = FileStamp.Of(loader.File);
            if (stamp == tried)
            {
                changing = null;
            }
            else if (stamp != changing)
            {
                // Wait until the file has stayed the same for one interval: a copy may be under way.
                changing = stamp;
            }
            else
            {
                TakeOver(stamp);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tried = null;
            Refuse(new ModelRefusedException($"The model cannot be read: {e.Message}", inner: e));
        }
    }

    private void TakeOver(FileStamp stamp)
    {
        var served = slot.Current;
        try
        {
            var model = loader.Load(served);
            if (model == served)
            {
                slot.Refused = null;
            }
            else
            {
                slot.Swap(model);
                log.Swapped(served.Digest, model.Digest);
            }
        }
        catch (ModelRefusedException e)
        {
            Refuse(e);
        }

        // Had the file changed while it was read, its stamp now differs from this one, and it is looked at again.
        tried = stamp;
    }

    private void Refuse(ModelRefusedException e)
    {
        if (slot.Refused?.Reason != e.Message)
        {
            slot.Refused = new RefusedModel(e.Digest, e.Message, time.GetUtcNow());
            log.Refused(e.Message, slot.Current.Digest);
        }
    }
}
