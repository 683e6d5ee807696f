using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>Forget, retain and validation rows, on which margins are computed and compared.</summary>
internal sealed class RowSets : IDisposable
{
    private readonly LabeledRows forget;
    private readonly LabeledRows retain;
    private readonly LabeledRows validation;

    public RowSets(LabeledRows rows, int[] forgetIndexes, LabeledRows validation)
    {
        forget = rows.Select(forgetIndexes);
        retain = rows.Without(forgetIndexes);
        this.validation = validation;
    }

    /// <summary>Margins of models on each set.</summary>
    public float[][,] Margins(ModelStack models) => [Of(models, forget), Of(models, retain), Of(models, validation)];

    /// <summary>KLoM of margins against those of oracles, on each set.</summary>
    public static KlomBySet Compare(float[][,] margins, float[][,] oracles)
    {
        KlomSummary Set(int set) => KlomSummary.Of(Klom.PerRow(margins[set], oracles[set]), oracles[set].GetLength(0));
        return new KlomBySet(Set(0), Set(1), Set(2));
    }

    public void Dispose()
    {
        forget.Dispose();
        retain.Dispose();
    }

    private static float[,] Of(ModelStack models, LabeledRows rows)
    {
        using var scope = NewDisposeScope();
        using var logits = models.Logits(rows.Features);
        return Verification.Margins.Of(logits, rows.Labels);
    }
}
