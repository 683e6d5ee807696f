using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>An answer of POST /score.</summary>
internal sealed record Answer(string Model, Answer.Row[] Rows)
{
    /// <summary>Asks for the scores of test rows.</summary>
    public static async Task<Answer> For(HttpClient client, Range rows)
    {
        using var response = await client.PostAsJsonAsync("score", new { rows = ExportedModels.Rows[rows].Select(row => new { row.Pixels }) }, Naming.AsIs);
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<Answer>(Naming.Web))!;
    }

    /// <summary>The models that give these very scores for the rows.</summary>
    public string[] Matches(Range rows) => [.. ExportedModels.All.Where(model => Fits(model, rows)).Select(model => model.Digest)];

    private bool Fits(ExportedModel model, Range rows)
    {
        float[][] scores = model.Scores[rows];
        string[] labels = model.Labels[rows];
        return Rows.Length == scores.Length && Enumerable.Range(0, scores.Length).All(i =>
            Rows[i].PredictedLabel == labels[i] && Rows[i].Score.Zip(scores[i], (a, b) => Math.Abs((double)a - b)).Max() <= 1e-5);
    }

    /// <summary>What the model says of one row.</summary>
    internal sealed record Row([property: JsonPropertyName("Score")] float[] Score, [property: JsonPropertyName("PredictedLabel")] string PredictedLabel, [property: JsonPropertyName("PredictedIndex")] long PredictedIndex);
}
