namespace MLNetUnlearning.Attribution;

/// <summary>
/// A model that also says which training rows moved each prediction: <c>InfluentialRowIds</c> and <c>InfluenceScores</c>, the <see cref="AttributionOptions.TopK"/> rows that most raised the margin of the predicted class (largest score
/// first), then as many that most lowered it (smallest score first). For values it is the value of <see cref="AttributionOptions.Output"/> that they raised and lowered.
/// </summary>
/// <remarks>
/// A score is by how much the row raises the margin, the log odds of the predicted class: to first order the margin falls by the score when the row leaves. Gauss-Newton, calibration, the Gaussian process and TRAK give it in logits; for the
/// others see their cards. The sign counts: a slot of the raising side can hold a negative score where fewer rows than asked for raise the margin. A row with a feature that is not a number has scores that are not numbers, and ids that
/// mean nothing. Scores of values are in the unit of the labels. With a prediction engine a row costs its own gradients and their products with those of the training rows, as far as <see cref="AttributionOptions.MaxCacheBytes"/> has room
/// for these.
/// </remarks>
public sealed class InfluenceTransformer : PreviewTransformer
{
    internal InfluenceTransformer(AttributedModel source, IPreparedInfluence influence, AttributionOptions options) : base(source, schema => InfluenceModel.Create(schema, source, influence, options))
    {
    }
}
