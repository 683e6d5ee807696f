using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>
/// Distance of weights to those of oracles, for convex models, where retraining leads to one point: root mean square over models of the Euclidean distance to
/// the oracles' mean. Weights of deeper networks that compute the same function can be far apart, so there it says nothing.
/// </summary>
/// <param name="Unlearned">Of the unlearned students.</param>
/// <param name="DoNothing">Of the students as they were trained.</param>
/// <param name="Floor">Of held-out oracles: what seeds alone do, where training stops short of the minimum.</param>
/// <param name="Norm">Norm of the oracles' mean, to set the others against.</param>
public sealed record ParameterDistance(double Unlearned, double DoNothing, double Floor, double Norm)
{
    /// <summary>Whether a network's training loss is convex: it is one affine layer.</summary>
    /// <param name="graph">The network.</param>
    public static bool AppliesTo(NetworkGraph graph) => graph.Spec.Kind == NetworkKind.Linear;

    /// <summary>Measures the distances.</summary>
    /// <param name="unlearned">The unlearned students.</param>
    /// <param name="students">The students as they were trained.</param>
    /// <param name="heldOut">Held-out oracles.</param>
    /// <param name="oracles">The oracles.</param>
    /// <param name="classes">Whether outputs are logits of classes: a shift common to all of them changes no probability, and does not count.</param>
    /// <exception cref="ArgumentException">The network is not convex.</exception>
    internal static ParameterDistance Of(ModelStack unlearned, ModelStack students, ModelStack heldOut, ModelStack oracles, bool classes)
    {
        if (!AppliesTo(oracles.Graph))
        {
            throw new ArgumentException("Distances of weights mean something for linear networks only: other networks have many weights that compute one function.", nameof(oracles));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var centre = Flatten(oracles, classes).mean([0], keepdim: true);
        double Distance(ModelStack models) => Flatten(models, classes).sub(centre).pow(Held(2)).sum([1]).mean().sqrt().item<double>();
        return new ParameterDistance(Distance(unlearned), Distance(students), Distance(heldOut), centre.norm().item<double>());
    }

    /// <summary>[models, weights], float64, centred over classes.</summary>
    private static Tensor Flatten(ModelStack models, bool classes) =>
        cat([.. models.Tensors.Select(tensor => tensor.to_type(ScalarType.Float64)).Select(tensor => (classes ? tensor.sub(tensor.mean([1], keepdim: true)) : tensor).flatten(1))], 1);
}
