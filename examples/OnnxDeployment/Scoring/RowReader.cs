using System.Text.Json;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>Reads the rows of a request into the columns of a model.</summary>
internal static class RowReader
{
    private const int MostErrors = 20;

    /// <summary>Checks all rows and reads them.</summary>
    /// <exception cref="InvalidRowsException">Names the first twenty values that do not fit.</exception>
    public static ColumnBuffer[] Read(JsonElement rows, IReadOnlyList<ModelColumn> inputs, int maxRows)
    {
        if (rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() is var count && (count < 1 || count > maxRows))
        {
            throw new InvalidRowsException(new Dictionary<string, string[]> { ["rows"] = [$"Must be an array of 1 to {maxRows} rows."] });
        }

        ColumnBuffer[] columns = [.. inputs.Select(input => ColumnBuffer.Create(input, rows.GetArrayLength()))];
        var errors = new Dictionary<string, string[]>();
        int row = 0;
        foreach (var json in rows.EnumerateArray())
        {
            ReadRow(row, json, columns, errors);
            row++;
            if (errors.Count >= MostErrors)
            {
                break;
            }
        }

        return errors.Count == 0 ? columns : throw new InvalidRowsException(errors);
    }

    private static void ReadRow(int row, JsonElement json, ColumnBuffer[] columns, Dictionary<string, string[]> errors)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors[$"rows[{row}]"] = ["Must be an object whose members are the input columns."];
            return;
        }

        int taken = 0;
        foreach (var member in json.EnumerateObject())
        {
            if (Array.Find(columns, column => member.NameEquals(column.Column.Name)) is not { } column)
            {
                errors[$"rows[{row}].{member.Name}"] = [$"Is no input of the model. Its inputs: {string.Join(", ", columns.Select(input => input.Column.Name))}."];
            }
            else if (column.Take(row, member.Value) is { } error)
            {
                errors[$"rows[{row}].{member.Name}"] = [error];
            }

            taken++;
        }

        if (taken != columns.Length || errors.Count > 0)
        {
            foreach (var column in columns.Where(column => !json.TryGetProperty(column.Column.Name, out _)))
            {
                errors[$"rows[{row}].{column.Column.Name}"] = ["Is missing."];
            }
        }
    }
}
