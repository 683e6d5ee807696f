using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// Similarity of sets of rows for the process: one half by the features of their rows, one half by what the process's mean says that they do. Rows alike need not act alike, and what the mean gets wrong goes with what it says: a
/// deletion that is underrated tells of others with the same effect, whichever rows they take.
/// </summary>
internal sealed class SetSimilarity : IDisposable
{
    private const double EffectShare = 0.5;
    private const int MaxRows = 500;

    private readonly RowKernel kernel;
    private readonly Tensor effects;
    private readonly double featureScale;
    private readonly double effectScale;

    private SetSimilarity(RowKernel kernel, Tensor effects, double featureScale, double effectScale) =>
        (this.kernel, this.effects, this.featureScale, this.effectScale) = (kernel, effects, featureScale, effectScale);

    /// <summary>Similarity among a bank's deletions.</summary>
    /// <param name="kernel">Similarity by features.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="mask">[deletions, rows], 1 where a deletion took a row.</param>
    /// <param name="effects">What the mean says that they do to some rows (<see cref="Thinned"/>), [deletions, rows x outputs].</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>What gives the similarity of other sets to these, which lives as long as the effects do; and the matrix, [deletions, deletions], float64, with a mean diagonal of 1.</returns>
    public static (SetSimilarity Similarity, Tensor Among) Of(RowKernel kernel, LabeledRows rows, Tensor mask, Tensor effects, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var byFeatures = kernel.Between(rows, mask, mask, cancellationToken);
        var byEffects = Products(effects, effects);
        double Scale(Tensor matrix) => matrix.diagonal().mean().item<double>() is > 0 and var mean ? 1 / mean : 0;
        var result = new SetSimilarity(kernel, effects, Scale(byFeatures), Scale(byEffects));
        return (result, result.Mix(byFeatures, byEffects).MoveToOuterDisposeScope());
    }

    /// <summary>Types and shapes of its tensors.</summary>
    /// <param name="deletions">Number of deletions.</param>
    /// <param name="calibrationRows">Number of rows that calibration looks at.</param>
    /// <param name="outputs">Number of outputs.</param>
    public static IReadOnlyList<TensorShape> Shapes(long deletions, int calibrationRows, long outputs) =>
        [TensorShape.Single(deletions, Thinned(Enumerable.Range(0, calibrationRows)).Length * outputs), TensorShape.Double(3)];

    /// <summary>The similarity whose tensors were stored; takes them over.</summary>
    public static SetSimilarity Restore(Tensor[] state)
    {
        double[] numbers = [.. state[1].ToHost<double>()];
        state[1].Dispose();
        return new(RowKernel.Restore(numbers[0]), state[0], numbers[1], numbers[2]);
    }

    /// <summary>Its tensors, of this object or of the current dispose scope.</summary>
    public IReadOnlyList<Tensor> State() => [effects, tensor(new[] { kernel.Width, featureScale, effectScale }).clone()];

    /// <summary>The rows on which effects are compared: all that calibration looks at, or every so many of them.</summary>
    /// <param name="calibrationRows">Those rows.</param>
    public static int[] Thinned(IEnumerable<int> calibrationRows)
    {
        int[] all = [.. calibrationRows];
        int step = (all.Length + MaxRows - 1) / MaxRows;
        return [.. all.Where((_, i) => i % step == 0)];
    }

    /// <summary>Similarity of a set of rows to each deletion, and to itself.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="mask">[1, rows], 1 where the set has a row.</param>
    /// <param name="deletions">[deletions, rows].</param>
    /// <param name="effect">What the mean says that it does, [rows x outputs].</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>[deletions], float64, in the current dispose scope; and a number.</returns>
    public (Tensor ToDeletions, double ToItself) To(LabeledRows rows, Tensor mask, Tensor deletions, Tensor effect, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var own = effect.unsqueeze(0);
        var others = Mix(kernel.Between(rows, mask, deletions, cancellationToken), Products(own, effects)).squeeze(0);
        double itself = Mix(kernel.Between(rows, mask, mask, cancellationToken), Products(own, own)).item<double>();
        return (others.MoveToOuterDisposeScope(), itself);
    }

    /// <summary>Lets the effects outlive the current dispose scope; from then on this object owns them.</summary>
    public SetSimilarity Keep()
    {
        effects.DetachFromDisposeScope();
        return this;
    }

    public void Dispose() => effects.Dispose();

    private static Tensor Products(Tensor left, Tensor right) => left.mm(right.t()).to_type(ScalarType.Float64);

    /// <summary>A mean that says nothing leaves features alone.</summary>
    private Tensor Mix(Tensor byFeatures, Tensor byEffects) => effectScale > 0
        ? byFeatures.mul(Held((1 - EffectShare) * featureScale)).add(byEffects.mul(Held(EffectShare * effectScale)), Held(1))
        : byFeatures.mul(Held(featureScale));
}
