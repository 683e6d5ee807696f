using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Model banks for tests.</summary>
internal static class Banks
{
    /// <summary>A bank of one affine network with given weights.</summary>
    /// <param name="theta">[features + 1, classes]; the last row is the bias.</param>
    public static ModelBank OfAffine(Tensor theta) => OfAffine([theta], [MemberPlan.Full(0)]);

    /// <summary>A bank of affine networks with given weights.</summary>
    /// <param name="thetas">[features + 1, outputs] of each member; the last row is the bias.</param>
    /// <param name="members">What each was trained without, members trained on all rows first.</param>
    public static ModelBank OfAffine(IReadOnlyList<Tensor> thetas, IReadOnlyList<MemberPlan> members)
    {
        using var scope = NewDisposeScope();
        long inputs = thetas[0].shape[0] - 1;
        var graph = NetworkSpec.Linear().CreateGraph((int)inputs, (int)thetas[0].shape[1]);
        var weights = stack([.. thetas.Select(theta => theta.to_type(ScalarType.Float32).t())]);
        var final = new ModelStack(graph, [weights.slice(2, 0, inputs, 1).contiguous(), weights.select(2, inputs).contiguous()]);
        return new ModelBank(members, members.TakeWhile(member => member.ExcludedRowIds.Count == 0).Count(), new TrainedModels(final, [(1, final.Clone())]));
    }

    /// <summary>A bank of full members of a small network, quickly trained.</summary>
    public static ModelBank Trained(LabeledRows rows, int fullMembers, int epochs, params int[] hidden)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(hidden).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = epochs });
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = fullMembers }, epochs, seed: 11);
    }
}
