using System.Globalization;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Trainers;

/// <summary>Hands reports to the caller and to ML.NET's log. ML.NET's own progress channel never reaches MLContext.Log.</summary>
/// <param name="channel">Log.</param>
/// <param name="next">The caller's receiver, if there is one.</param>
internal sealed class LoggedProgress(IChannel channel, IProgress<WorkProgress>? next) : IProgress<WorkProgress>
{
    private readonly Lock sync = new();

    public void Report(WorkProgress value)
    {
        // Reports come from worker threads; channels are not made for that.
        lock (sync)
        {
            string loss = value.Loss is { } number ? string.Create(CultureInfo.InvariantCulture, $", loss {number:G4}") : "";
            channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{value.Stage}: {value.Done} of {value.Total}{loss}"));
            next?.Report(value);
        }
    }
}
