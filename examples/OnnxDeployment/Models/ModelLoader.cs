using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Scoring;

namespace OnnxDeployment.Models;

/// <summary>Loads the model file and tries it out before anything is served from it.</summary>
internal sealed class ModelLoader(IOptions<ModelSettings> settings, TimeProvider time, ILogger<ModelLoader> log)
{
    /// <summary>Full path of the model file.</summary>
    public string File { get; } = Path.GetFullPath(settings.Value.Path);

    /// <summary>Reads the file once: the digest is that of the very bytes that are served.</summary>
    /// <param name="served">The model served so far, whose place the new one can take only with the same inputs and outputs; null at the start.</param>
    /// <returns>The model, or <paramref name="served"/> itself if the file has its content.</returns>
    /// <exception cref="ModelRefusedException">The file is missing, unreadable or too large, is no ONNX model of this kind, or differs in inputs or outputs.</exception>
    public ServedModel Load(ServedModel? served = null)
    {
        byte[] content = Read();
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        if (digest == served?.Digest)
        {
            return served;
        }

        InferenceSession? session = null;
        try
        {
            using var options = new Microsoft.ML.OnnxRuntime.SessionOptions { IntraOpNumThreads = settings.Value.Threads, InterOpNumThreads = 1 };
            session = new InferenceSession(content, options);
            var model = new ServedModel(session, digest, content.Length, time.GetUtcNow(), unloaded => log.Unloaded(unloaded.Digest));
            if (served is not null)
            {
                RequireEqual("inputs", served.Inputs, model.Inputs);
                RequireEqual("outputs", served.Outputs, model.Outputs);
            }

            BatchScorer.Try(model);
            log.Loaded(digest, File, content.Length);
            return model;
        }
        catch (Exception e) when (e is OnnxRuntimeException or NotSupportedException)
        {
            session?.Dispose();
            throw new ModelRefusedException($"'{File}' cannot be served: {e.Message}", digest, e);
        }
    }

    private byte[] Read()
    {
        try
        {
            long length = FileStamp.Of(File).Length;
            return length is > 0 && length <= settings.Value.MaxBytes
                ? System.IO.File.ReadAllBytes(File)
                : throw new ModelRefusedException($"'{File}' has {length} bytes; a model has from 1 to {settings.Value.MaxBytes} (Model:MaxBytes).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelRefusedException($"The model cannot be read: {e.Message}", inner: e);
        }
    }

    private static void RequireEqual(string what, IReadOnlyList<ModelColumn> served, IReadOnlyList<ModelColumn> found)
    {
        if (!served.SequenceEqual(found))
        {
            throw new NotSupportedException($"its {what} are ({string.Join(", ", found)}), those of the served model ({string.Join(", ", served)}). Clients rely on them: start a service of its own for another pipeline.");
        }
    }
}
