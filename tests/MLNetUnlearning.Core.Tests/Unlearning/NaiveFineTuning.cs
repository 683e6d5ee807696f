using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>The baselines as one would write them with TorchSharp: one module, the library's optimiser and losses, row by row orders drawn as documented.</summary>
internal sealed class NaiveFineTuning(LabeledRows rows, int[] forget, ulong seed)
{
    /// <summary>Fine-tunes one model; <paramref name="loss"/> takes logits, rows and whether the batch is one of forget rows.</summary>
    public Network Run(ModelStack models, int model, int epochs, int forgetEpochs, int forgetBatch, int batch, bool retain, SGDSettings settings, Func<int, double> rate, Func<Tensor, Tensor, bool, Tensor> loss)
    {
        var network = models.ToNetwork(model);
        using var optimizer = optim.SGD(network.parameters(), settings.Rate, settings.Momentum, weight_decay: settings.WeightDecay);
        int[] stays = [.. Enumerable.Range(0, rows.Count).Except(forget)];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = rate(epoch);
            }

            ulong drawn = StableRandom.Mix(seed, StableRandom.FineTuning, (ulong)epoch);
            foreach (var (positions, size, isForget) in new[] { (epoch < forgetEpochs ? forget : [], forgetBatch, true), (retain ? stays : [], batch, false) })
            {
                int[] order = [.. positions.OrderBy(row => StableRandom.Mix(drawn, (ulong)rows.RowIds[row]))];
                foreach (int[] chunk in order.Chunk(size))
                {
                    using var scope = NewDisposeScope();
                    var index = tensor(chunk.Select(row => (long)row).ToArray());
                    optimizer.zero_grad();
                    loss(network.forward(rows.Features.index_select(0, index)), index, isForget).backward();
                    optimizer.step();
                }
            }
        }

        return network;
    }

    /// <summary>Mean cross-entropy.</summary>
    public Tensor CrossEntropy(Tensor logits, Tensor index) => nn.functional.cross_entropy(logits, rows.Labels.index_select(0, index));

    /// <summary>Settings of the library's optimiser.</summary>
    internal sealed record SGDSettings(double Rate, double Momentum, double WeightDecay);
}
