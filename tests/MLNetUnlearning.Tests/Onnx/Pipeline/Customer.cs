using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>A row with columns of several types.</summary>
public sealed class Customer
{
    public float Age { get; set; }

    public double Income { get; set; }

    public bool Member { get; set; }

    public int Orders { get; set; }

    [VectorType(3)]
    public float[] Visits { get; set; } = [];

    [VectorType(2)]
    public double[] Ratings { get; set; } = [];

    public string City { get; set; } = "";

    public string Plan { get; set; } = "";

    public static Customer[] Draw(int rows, int seed)
    {
        var random = new Random(seed);
        string[] plans = ["basic", "plus", "gold"];
        return [.. Enumerable.Range(0, rows).Select(i => new Customer
        {
            Age = 20 + random.NextSingle() * 60,
            Income = 1e4 + random.NextDouble() * 9e4,
            Member = random.Next(2) == 1,
            Orders = random.Next(50),
            Visits = [random.NextSingle(), random.NextSingle() * 10, random.NextSingle() * 100],
            Ratings = [random.NextDouble() * 5, random.NextDouble() - 0.5],
            City = random.Next(2) == 1 ? "Oslo" : "Rome",
            Plan = plans[i % 3],
        })];
    }
}
