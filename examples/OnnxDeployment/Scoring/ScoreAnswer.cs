using System.Buffers;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>The answer to a request: <c>{"model": digest, "rows": [{column: value, ...}, ...]}</c>.</summary>
internal static class ScoreAnswer
{
    /// <summary>Writes the answer whole, before any of it is sent: a status cannot be taken back.</summary>
    /// <exception cref="NotSupportedException">An output has no JSON form.</exception>
    public static ReadOnlyMemory<byte> Write(ServedModel model, IReadOnlyList<OrtValue> outputs, int rows)
    {
        OutputColumn[] columns = [.. model.Outputs.Zip(outputs, OutputColumn.Create)];
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Digest);
            json.WriteStartArray("rows");
            for (int row = 0; row < rows; row++)
            {
                json.WriteStartObject();
                foreach (var column in columns)
                {
                    column.Write(json, row);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
