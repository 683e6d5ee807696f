using MLNetUnlearning.Attribution.Datamodels;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Datamodels;

/// <summary>A bank of affine models whose outputs depend on the rows they lack by coefficients that are known.</summary>
internal sealed class PlantedDatamodel : IDisposable
{
    /// <param name="members">Members that lack rows.</param>
    /// <param name="fullMembers">Members that lack none.</param>
    /// <param name="share">Share of the rows that a member lacks.</param>
    /// <param name="effective">Rows that have an effect.</param>
    /// <param name="noise">Standard deviation of what no row explains.</param>
    public PlantedDatamodel(int members = 60, int fullMembers = 4, double share = 0.1, int effective = 3, double noise = 0, int rows = 40)
    {
        var generator = new Generator(5);
        Rows = LabeledRows.Create(randn([rows, 2], generator: generator).data<float>().ToArray(), 2, [.. Enumerable.Range(0, rows).Select(row => row % 3)], [.. Enumerable.Range(0, rows).Select(row => 10L * row)], 3);
        var plan = DeletionPlan.Random(Rows, members, share, 7);
        MemberPlan[] plans = [.. Enumerable.Range(0, fullMembers).Select(i => MemberPlan.Full((ulong)i)), .. plan.Members.Select((ids, i) => new MemberPlan((ulong)(100 + i), ids))];
        Masks = MemberMasks.Create(plans, Rows.RowIdSpan);
        // Weights [features + bias, classes] move with every row that is lacking; so do the logits, which are linear in them.
        Coefficients = randn([rows, 3, 3], generator: generator);
        Coefficients.slice(0, effective, rows, 1).zero_();
        var theta = Masks.Matrix.mm(Coefficients.flatten(1)).add(randn([plans.Length, 9], generator: generator), alpha: Held(noise)).add(Held(1), Held(1)).view(-1, 3, 3);
        var graph = NetworkSpec.Linear().CreateGraph(2, 3);
        var final = new ModelStack(graph, [theta.slice(1, 0, 2, 1).transpose(1, 2).contiguous(), theta.select(1, 2).contiguous()]);
        Bank = new ModelBank(plans, fullMembers, new TrainedModels(final, []));
    }

    public LabeledRows Rows { get; }

    public ModelBank Bank { get; }

    public MemberMasks Masks { get; }

    /// <summary>What each row's leaving does to the weights, [rows, features + 1, classes].</summary>
    public Tensor Coefficients { get; }

    /// <summary>What some rows' leaving does to the logits of targets.</summary>
    public Tensor Change(Tensor targets, params int[] rows) =>
        cat([targets, ones(targets.shape[0], 1)], 1).matmul(Coefficients.index_select(0, tensor(rows.Select(row => (long)row).ToArray())).sum([0]));

    /// <summary>Outputs of the members, [members, targets x classes], float64.</summary>
    public Tensor Outputs(Tensor targets) => Bank.Models.Final.Logits(targets).flatten(1).to_type(ScalarType.Float64);

    public void Dispose()
    {
        Rows.Dispose();
        Bank.Dispose();
        Masks.Dispose();
    }
}
