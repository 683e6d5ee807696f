using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>Numbers or Booleans.</summary>
internal sealed class NumberBuffer<T>(ModelColumn column, int rows, TryGet<T> tryGet) : ColumnBuffer(column) where T : unmanaged
{
    private readonly T[] values = new T[rows * column.Width];

    public override OrtValue ToTensor() => OrtValue.CreateTensorValueFromMemory(values, Column.Shape(rows));

    protected override bool TakeElement(int index, JsonElement json) =>
        (typeof(T) == typeof(bool) || json.ValueKind is JsonValueKind.Number or JsonValueKind.Null) && tryGet(json, out values[index]);
}
