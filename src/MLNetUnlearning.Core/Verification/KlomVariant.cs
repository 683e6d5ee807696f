namespace MLNetUnlearning.Verification;

/// <summary>
/// Rules by which KLoM makes histograms of margins. The three published codes differ from each other, so a published number can only be compared with one computed
/// by the same code's rules; values under different rules are different quantities. For anything else use <see cref="Corrected"/>.
/// </summary>
/// <remarks>
/// All published rules clip to ±100, bin right-open over the pooled range and so drop the largest pooled value, divide counts by what is left, and lift oracle
/// shares to 1e-5. If all unlearned margins are the largest value, nothing is left: see the members.
/// </remarks>
public enum KlomVariant
{
    /// <summary>20 intervals, the last closed, no value dropped, and margins that are not finite in a bin in which oracles do not count. KL(unlearned ‖ oracles). The default.</summary>
    Corrected,

    /// <summary>
    /// The code beside the paper of Datamodel Matching (arXiv 2410.23232): 20 edges and so 19 intervals, oracle margins not clipped, every oracle share lifted
    /// and renormalised. KL(unlearned ‖ oracles). Not a number where all unlearned margins are the largest value.
    /// </summary>
    DatamodelMatching,

    /// <summary>
    /// data-unlearning-bench: 20 intervals, oracle shares lifted where unlearned ones are positive, renormalised. Its runner hands over the two samples in the other
    /// order, so what it prints, and what this gives, is KL(oracles ‖ unlearned). Not a number where all oracle margins are the largest value.
    /// </summary>
    DataUnlearningBench,

    /// <summary>EasyDUB (arXiv 2602.16400): as data-unlearning-bench, but KL(unlearned ‖ oracles) and not renormalised. Zero, the best score, where all unlearned margins are the largest value.</summary>
    EasyDub,
}
