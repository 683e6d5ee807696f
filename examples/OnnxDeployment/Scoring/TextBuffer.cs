using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>Texts. ML.NET's missing text is the empty one.</summary>
internal sealed class TextBuffer(ModelColumn column, int rows) : ColumnBuffer(column)
{
    private readonly string[] values = [.. Enumerable.Repeat("", rows * column.Width)];

    public override OrtValue ToTensor()
    {
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, Column.Shape(rows));
        for (int i = 0; i < values.Length; i++)
        {
            tensor.StringTensorSetElementAt(values[i], i);
        }

        return tensor;
    }

    protected override bool TakeElement(int index, JsonElement json)
    {
        values[index] = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
        return json.ValueKind is JsonValueKind.String or JsonValueKind.Null;
    }
}
