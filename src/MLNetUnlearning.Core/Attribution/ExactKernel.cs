using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// The group Gauss-Newton step of <see cref="GaussNewtonInfluence"/> without any projection, in float64: what projected and iterative solvers are graded against, for small numbers of rows.
/// </summary>
/// <remarks>
/// With R the rows of all J_i, each multiplied by the root of its softmax curvature, (RᵀR + λI)⁻¹g = (g - Rᵀ(RRᵀ + λI)⁻¹Rg) / λ (Woodbury), so that only the kernel RRᵀ of retained rows x classes is factored. Affine layers enter it by
/// inner products of inputs and of output gradients, (a·a' + 1)(d·d'), and their gradients are never formed. Networks with fewer parameters than rows x classes are solved in parameters instead. The forget rows are not in the kernel at all.
/// Nothing is kept per row between requests.
/// </remarks>
public sealed class ExactKernel : IAttributor
{
    private readonly ExactKernelOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public ExactKernel(ExactKernelOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "exact-kernel";

    /// <inheritdoc/>
    public AttributorNeeds Needs => AttributorNeeds.FullMembers;

    /// <inheritdoc/>
    public void Require(BankOutline bank)
    {
        bank.RequireMembers(this);
        SupportedLayers.Require(bank.Graph);
        if (bank.RowCount > options.MaxRows)
        {
            double size = Math.Min((double)bank.RowCount * bank.Graph.OutputSize, bank.Graph.TrainableCount);
            throw new ArgumentException(
                $"The exact kernel over {bank.RowCount} rows of {bank.Graph.OutputSize} classes would take about {3 * size * size * sizeof(double) / 1e6:f0} MB, and MaxRows allows {options.MaxRows} rows. Raise MaxRows if there is the memory, or use GaussNewtonInfluence.",
                nameof(bank));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are more rows than <see cref="ExactKernelOptions.MaxRows"/>, or the bank lacks full members; thrown before any work.</exception>
    public IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(BankOutline.Of(bank, rows));
        rows.RequireLoss(options.Loss);
        return new FittedExactKernel(GaussNewtonEnsemble.Create(bank, options.Ensemble()), options, rows.Count);
    }
}
