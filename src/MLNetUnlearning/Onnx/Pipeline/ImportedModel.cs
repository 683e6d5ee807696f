using Google.Protobuf;
using Microsoft.ML;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A graph that the caller's converter wrote, read and found fit to be merged.</summary>
internal sealed class ImportedModel
{
    /// <summary>Oldest operator set that can be merged: the operators of a network mean the same since.</summary>
    public const int MinimumOpset = 9;

    private ImportedModel(ModelProto model, int opset)
    {
        Model = model;
        Opset = opset;
    }

    /// <summary>The file. To be cloned before it is changed.</summary>
    public ModelProto Model { get; }

    /// <summary>Version of its default operator set, which the merged graph takes.</summary>
    public int Opset { get; }

    /// <summary>Calls the converter and reads what it writes.</summary>
    /// <exception cref="UnsupportedOnnxExportException">It writes nothing that can be merged.</exception>
    public static ImportedModel Create(Action<ITransformer, IDataView, Stream> converter, ITransformer steps, IDataView sample)
    {
        using var stream = new MemoryStream();
        converter(steps, sample, stream);
        return Read(stream.ToArray());
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UnsupportedOnnxExportException">The file is no ONNX model, or one that cannot be merged.</exception>
    public static ImportedModel Read(byte[] file)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw Unsupported($"is no ONNX model ({error.Message})");
        }

        if (model.Graph is null)
        {
            throw Unsupported("holds no graph");
        }

        long opset = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 0;
        if (opset is < MinimumOpset or > OnnxExportOptions.MaximumOpset)
        {
            throw Unsupported($"uses operator set {opset}; those from {MinimumOpset} to {OnnxExportOptions.MaximumOpset} can be merged");
        }

        if (model.Graph.Initializer.Any(tensor => tensor.ExternalData.Count > 0))
        {
            throw Unsupported("keeps data in other files; write one file");
        }

        return model.Functions.Count > 0 || model.Graph.Node.SelectMany(node => node.Attribute).Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0)
            ? throw Unsupported("has functions or branches, which cannot be merged")
            : new ImportedModel(model, (int)opset);
    }

    /// <summary>The error that the graph cannot be merged.</summary>
    /// <param name="reason">Why, after the words "what PreprocessingConverter wrote".</param>
    public static UnsupportedOnnxExportException Unsupported(string reason) => new($"What OnnxExportOptions.PreprocessingConverter wrote {reason}.");
}
