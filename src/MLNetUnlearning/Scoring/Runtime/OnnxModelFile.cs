namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Reads ONNX files that are whole by themselves.</summary>
internal static class OnnxModelFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="NotSupportedException">The file is larger than 2 GB.</exception>
    public static byte[] Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no ONNX model at '{path}'.", path);
        }

        return file.Length <= Array.MaxLength
            ? File.ReadAllBytes(path)
            : throw new NotSupportedException($"The ONNX model '{path}' has {file.Length:N0} bytes; files up to 2 GB can be scored, which is where the format ends.");
    }

    /// <summary>Refuses models that keep weights in other files.</summary>
    /// <exception cref="NotSupportedException">The model keeps weights in other files.</exception>
    /// <exception cref="InvalidDataException">This is not an ONNX model.</exception>
    public static void Check(byte[] model)
    {
        if (ExternalData.IsUsed(model))
        {
            throw new NotSupportedException("The ONNX model keeps weights in other files (external data). Save it as one file first: onnx.save_model(model, path, save_as_external_data=False).");
        }
    }
}
