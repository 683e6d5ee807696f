using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>Short training runs on digits.</summary>
internal static class Runs
{
    public static readonly NetworkGraph Mlp = NetworkSpec.Mlp(16).CreateGraph(Digits.Pixels, Digits.Classes);
    public static readonly NetworkGraph Cnn = NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 4, 6, 12).CreateGraph(Digits.Pixels, Digits.Classes);

    /// <summary>The graph that trains as a stack, and the one that trains one model per worker.</summary>
    public static IEnumerable<NetworkGraph> Graphs => [Mlp, Cnn];

    public static TrainerOptions Options(Action<TrainerOptions>? change = null)
    {
        var options = new TrainerOptions { Epochs = 3, BatchSize = 32, LearningRate = 0.1 };
        change?.Invoke(options);
        return options;
    }

    /// <summary>The final models.</summary>
    public static ModelStack Train(NetworkGraph graph, LabeledRows rows, IReadOnlyList<MemberPlan> members, TrainerOptions? options = null) =>
        new Trainer(graph, options ?? Options()).Train(rows, members).Final;

    /// <summary>Digest of the only model trained on all rows.</summary>
    public static string BitsOfOne(NetworkGraph graph, LabeledRows rows, ulong seed = 1, TrainerOptions? options = null)
    {
        using var models = Train(graph, rows, [MemberPlan.Full(seed)], options);
        return Bits.Of(models);
    }
}
