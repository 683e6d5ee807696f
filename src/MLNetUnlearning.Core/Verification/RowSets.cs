using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Forget, retain and validation rows, on which models are compared.</summary>
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

    /// <summary>The rows to forget.</summary>
    public LabeledRows Forget => forget;

    /// <summary>What models output on each set: forget, retain, validation.</summary>
    public OutputSample[] Outputs(ModelStack models, CancellationToken cancellationToken) =>
        [OutputSample.Of(models, forget, cancellationToken), OutputSample.Of(models, retain, cancellationToken), OutputSample.Of(models, validation, cancellationToken)];

    /// <summary>KLoM of models against oracles, on each set.</summary>
    public static KlomBySet Klom(OutputSample[] models, OutputSample[] oracles, VerificationOptions options, CancellationToken cancellationToken)
    {
        KlomSummary Set(int set) =>
            KlomBootstrap.Summarize(models[set].Margins, oracles[set].Margins, KlomVariant.Corrected, options.Resamples, options.Confidence, options.Seed, cancellationToken);
        return new KlomBySet(Set(0), Set(1), Set(2));
    }

    /// <summary>Other gaps of models to oracles, on each set.</summary>
    public static OutputGapsBySet Gaps(OutputSample[] models, OutputSample[] oracles) =>
        new(OutputGaps.Of(models[0], oracles[0]), OutputGaps.Of(models[1], oracles[1]), OutputGaps.Of(models[2], oracles[2]));

    public void Dispose()
    {
        forget.Dispose();
        retain.Dispose();
    }
}
