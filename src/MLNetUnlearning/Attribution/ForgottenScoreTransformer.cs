using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// A model that also predicts what each score would be had it been retrained without some rows: <c>PredictedScore</c>, and <c>PredictedScoreLower</c> and <c>PredictedScoreUpper</c>, the ends of its 90 % interval. No weight changes: a
/// preview of a deletion request (DM-Direct, Georgiev et al., arXiv 2410.23232).
/// </summary>
/// <remarks>
/// All three are of the type and in the units of the model's score column. The ends are NaN where the model's attribution has no variance; <see cref="DeletionGaussianProcessOptions"/> has one. The interval is about the error of the
/// prediction around the mean of retrained models, not about the spread of single retrainings. A row counts as a training row, for which calibrated methods predict otherwise, if the row id column holds a training row's id and its features are
/// those of that row.
/// </remarks>
public sealed class ForgottenScoreTransformer : PreviewTransformer
{
    internal ForgottenScoreTransformer(AttributedModel source, UnlearningOutcome outcome, PredictForgottenOptions options)
        : base(source, schema => ForgottenScoreModel.Create(schema, source, outcome.Predicted!, options)) => source.Use(_ =>
    {
        // Warnings are about the request, so any target gives them. The question also solves for the request, once for all rows to come.
        using var scope = NewDisposeScope();
        using var probe = outcome.Predicted!.Change(source.Rows.Features.slice(0, 0, 1, 1));
        (Warnings, Coverage, HasIntervals) = (probe.Warnings, probe.Coverage, probe.Variance is not null);
    });

    /// <summary>Why the predictions may be worse than the calibration of the attribution says; often empty.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Largest share of the rows to forget, from 0 to 1, that one bank member was trained without; null if the attribution does not learn from such members.</summary>
    public double? Coverage { get; private set; }

    /// <summary>Whether there are intervals.</summary>
    public bool HasIntervals { get; private set; }
}
