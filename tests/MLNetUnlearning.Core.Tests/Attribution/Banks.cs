using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Model banks for tests.</summary>
internal static class Banks
{
    /// <summary>A bank of one affine network with given weights.</summary>
    /// <param name="theta">[features + 1, classes]; the last row is the bias.</param>
    public static ModelBank OfAffine(Tensor theta)
    {
        using var scope = NewDisposeScope();
        long inputs = theta.shape[0] - 1;
        var graph = NetworkSpec.Linear().CreateGraph((int)inputs, (int)theta.shape[1]);
        var weights = theta.to_type(ScalarType.Float32).t().unsqueeze(0);
        var final = new ModelStack(graph, [weights.slice(2, 0, inputs, 1).contiguous(), weights.select(2, inputs).contiguous()]);
        return new ModelBank([MemberPlan.Full(0)], 1, new TrainedModels(final, [(1, final.Clone())]));
    }

    /// <summary>A bank of full members of a small network, quickly trained.</summary>
    public static ModelBank Trained(LabeledRows rows, int fullMembers, int epochs, params int[] hidden)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(hidden).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = epochs });
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = fullMembers }, epochs, seed: 11);
    }
}
